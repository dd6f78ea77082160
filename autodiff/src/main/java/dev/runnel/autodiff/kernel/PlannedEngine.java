package dev.runnel.autodiff.kernel;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Program;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.Plan.Role;
import dev.runnel.autodiff.memory.Area;
import dev.runnel.autodiff.memory.Layout;
import dev.runnel.autodiff.memory.Slab;
import java.util.HashMap;
import java.util.Map;

/** Lowers tapes to plans and has a backend run them. Closing it closes the backend. */
public record PlannedEngine(Backend backend) implements Engine {

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public Program compile(Tape tape, Variables variables) {
    variables.declare(tape);
    return new Planned(tape, Lowering.lower(tape, backend.ownMaths()), variables, backend);
  }

  @Override
  public void close() {
    backend.close();
  }

  private static final class Planned implements Program {
    private final Plan plan;
    private final Slab slab;
    private final Backend.Executable executable;
    private final Map<String, Area> inputs = new HashMap<>();
    private final Map<String, Area> outputs = new HashMap<>();
    private final Variables variables;
    private final boolean assigns;
    private long seen = -1;

    Planned(Tape tape, Plan plan, Variables variables, Backend backend) {
      this.plan = plan;
      this.variables = variables;
      assigns = !tape.assignments().isEmpty();
      slab = new Slab(variables.allocator(), plan.slabBytes());
      long[] addresses = new long[plan.buffers().size()];
      for (int b = 0; b < addresses.length; b++) {
        var buffer = plan.buffers().get(b);
        addresses[b] =
            buffer.role() == Role.VARIABLE
                ? variables.area(buffer.name()).segment().address()
                : slab.address() + Math.max(0, buffer.offset());
        if (buffer.role() == Role.INPUT) {
          inputs.put(buffer.name(), area(addresses[b], requireNonNull(tape.inputs().get(buffer.name()))));
        } else if (buffer.role() == Role.OUTPUT) {
          outputs.put(buffer.name(), area(addresses[b], requireNonNull(tape.outputs().get(buffer.name()))));
        }
      }
      try {
        executable = backend.prepare(plan, addresses);
      } catch (RuntimeException | Error e) {
        slab.close();
        throw e;
      }
    }

    private static Area area(long address, Tensor tensor) {
      return Area.at(address, tensor.type(), Layout.padded(tensor.type(), tensor.shape()));
    }

    @Override
    public Area input(String name) {
      return Area.named("input", inputs, name);
    }

    @Override
    public Area output(String name) {
      return Area.named("output", outputs, name);
    }

    @Override
    public void run() {
      long version = variables.settle(executable);
      if (version != seen) {
        executable.refresh();
      }
      executable.run();
      seen = assigns ? variables.heldBy(executable) : version;
    }

    @Override
    public long plannedBytes() {
      return slab.bytes();
    }

    @Override
    public String describe() {
      return PlanText.of(plan);
    }

    @Override
    public void close() {
      variables.settle(null);
      executable.close();
      slab.close();
    }
  }
}
