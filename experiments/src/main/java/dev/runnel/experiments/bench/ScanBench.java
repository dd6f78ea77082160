package dev.runnel.experiments.bench;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.Variables;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import dev.runnel.autodiff.memory.Memory;

/**
 * The recurrence alone: drives are given, so there is no product with inputs. Forward keeps every state; the
 * reverse gives the gradients of drives and parameters, and its time is that of both less that of forward.
 */
public record ScanBench(Cell cell, Solver solver, int batch, int length) {
  private static final int CHECKED_STEPS = 200;

  /** Checks a shorter sequence against the oracle, then times. */
  public Map<String, Object> run(Engine engine) {
    int steps = Math.min(length, CHECKED_STEPS);
    var states = verified(engine, steps, false);
    var gradients = verified(engine, steps, true);
    var forward = time(engine, false);
    var both = time(engine, true);
    var whole = whole(engine);
    var json = new LinkedHashMap<String, Object>();
    json.put("forward_ms", forward.median());
    json.put("backward_ms", both.median() - forward.median());
    json.put("runs", both.runs());
    json.put("statistic", Timing.STATISTIC);
    json.putAll(whole);
    json.put("max_error_vs_oracle", states.worst());
    json.put("max_gradient_error", gradients.worst());
    json.put("verified", states.holds() && gradients.holds());
    return json;
  }

  /** How the solver came to the whole trajectory, and what the sequential one's differs by. */
  private Map<String, Object> whole(Engine engine) {
    var json = new LinkedHashMap<String, Object>();
    var tape = new Tape(DType.F32);
    var u = tape.input("u", Shape.of(batch, length, 1));
    var run = Scan.of(new Given(cell, batch, length)).withSolver(solver).run(tape.scope(), u);
    var sequential = Scan.of(new Given(cell, batch, length)).run(tape.scope(), u).states();
    var error = tape.constant(0);
    var residual = tape.constant(0);
    for (int k = 0; k < sequential.components().size(); k++) {
      var x = run.states().components().get(k);
      var exact = sequential.components().get(k);
      error = error.maximum(x.minus(exact).abs().div(exact.abs().plus(1)).max());
      residual = residual.maximum(run.stepped().get().components().get(k).minus(x).abs().div(x.abs().plus(1)).max());
    }
    tape.output("max_error_vs_sequential", error);
    tape.output("residual", residual);
    if (run.solution() instanceof Scan.Solution solution) {
      tape.output("iterations", solution.iterations().toFloat().max());
      tape.output("finished_sequentially", solution.finished().toFloat().max());
    }
    try (BufferAllocator allocator = Memory.exact();
        var variables = new Variables(allocator, 1);
        var program = engine.compile(tape, variables)) {
      Verified.fill(tape, program);
      program.run();
      json.put("iterations", 1);
      json.put("finished_sequentially", solver.name().equals("sequential") ? length : 0);
      tape.outputs().keySet().forEach(name -> json.put(name, program.get(name)[0]));
      json.put("peak_bytes", program.plannedBytes());
    }
    return json;
  }

  private Verified verified(Engine engine, int steps, boolean reverse) {
    try (BufferAllocator allocator = Memory.exact()) {
      return Verified.against(() -> tape(Math.min(batch, 3), steps, reverse), engine, allocator, 1);
    }
  }

  private Timing time(Engine engine, boolean reverse) {
    try (BufferAllocator allocator = Memory.exact();
        var variables = new Variables(allocator, 1)) {
      var tape = tape(batch, length, reverse);
      try (var program = engine.compile(tape, variables)) {
        Verified.fill(tape, program);
        return Timing.of(program);
      }
    }
  }

  private Tape tape(int rows, int steps, boolean reverse) {
    var tape = new Tape(DType.F32);
    var given = new Given(cell, rows, steps);
    var states = Scan.of(given).withSolver(solver).run(tape.scope(), tape.input("u", Shape.of(rows, steps, 1))).states();
    for (int k = 0; k < states.components().size() && !reverse; k++) {
      tape.output("states" + k, states.components().get(k));
    }
    if (reverse) {
      var wrt = new ArrayList<>(tape.parameters().values());
      tape.inputs().forEach((name, x) -> {
        if (!name.equals("u")) {
          wrt.add(x);
        }
      });
      var cotangents = new ArrayList<Tensor>();
      for (int k = 0; k < states.components().size(); k++) {
        cotangents.add(tape.input("cotangent" + k, states.components().get(k).shape()));
      }
      var gradients = tape.gradients(states.components(), cotangents, wrt);
      for (int i = 0; i < gradients.size(); i++) {
        tape.output("gradient" + i, gradients.get(i));
      }
    }
    return tape;
  }

  /** A cell whose drives are inputs of the tape, of the shapes that its own would have. */
  private record Given(Cell cell, int rows, int steps) implements Cell {
    @Override
    public StateShape state() {
      return cell.state();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      var scratch = new Tape(DType.F32);
      int width = cell.state().lanes().get(0); // a cell of D channels has D inputs
      var made = cell.drive(scratch.scope(), scratch.input("u", Shape.of(rows, steps, width)));
      var drives = Drives.none();
      for (var drive : made.byName().entrySet()) {
        drives = drives.and(drive.getKey(), p.tape().input("drive." + drive.getKey(), drive.getValue().shape()));
      }
      return drives;
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      return cell.step(p, x, u);
    }
  }
}
