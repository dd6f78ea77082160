package dev.runnel.ssm;

import dev.runnel.autodiff.Primitive.Spec;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Scan.Initial;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cell whose states read each other, run along a sequence one step after another: {@code x_t = step(x_(t-1), u_t)}.
 *
 * @param initial what the states begin with
 */
public record DenseScan(DenseCell cell, Initial initial) {

  /**
   * A solved sequence.
   *
   * @param output the cell's read-out, {@code (B, T, ..)}
   * @param states each component at t = 1..T, {@code (B, T, lanes..)}
   * @param last each component at the end, {@code (B, lanes..)}
   */
  public record Trajectory(Tensor output, State states, State last) {}

  public static DenseScan of(DenseCell cell) {
    return new DenseScan(cell, Initial.ZERO);
  }

  public DenseScan withInitial(Initial other) {
    return new DenseScan(cell, other);
  }

  /**
   * The same: there is one solver, which {@code sequential} and {@code auto} name.
   *
   * @throws IllegalArgumentException for a solver that is parallel in time
   */
  public DenseScan withSolver(Solver solver) {
    if (solver instanceof Solver.Sequential || solver instanceof Solver.Auto) {
      return this;
    }
    throw new IllegalArgumentException(
        ("%s: solver sequential expected, %s came; its states read each other, so a pass in parallel would multiply a"
                + " full matrix for each step: take sequential, or a cell with a diagonal Jacobian")
            .formatted(DenseStep.name(cell), solver.name()));
  }

  /** Runs along the whole of every row of {@code u}, {@code (B, T, H)}. */
  public Trajectory run(Scope p, Tensor u) {
    return run(p, u, null, null);
  }

  /**
   * Runs along rows of unequal length, from given states.
   *
   * @param u {@code (B, T, H)}
   * @param lengths I32 {@code (B)}: past a row's length its states stay as they are, and give no gradient; the
   *     cell sees zeros there
   * @param first each component {@code (B, lanes..)} before the first step
   */
  public Trajectory run(Scope p, Tensor u, @Nullable Tensor lengths, @Nullable State first) {
    var tape = u.tape();
    var drives = cell.drive(p, Scan.given(u, lengths));
    int batch = u.shape().get(0);
    int steps = u.shape().get(1);
    var lanes = cell.state().lanes();
    var operands = new ArrayList<Tensor>();
    for (int k = 0; k < cell.state().components(); k++) {
      operands.add(
          initial.of(p, k, lanes, first, lengths, batch).broadcastTo(Shape.of(batch).append(Chunks.dims(lanes))));
    }
    var rows = new LinkedHashMap<String, Spec>();
    drives.byName().forEach((name, drive) -> {
      var shape = drive.shape();
      if (shape.rank() < 2 || shape.get(0) != batch || shape.get(1) != steps) {
        throw new IllegalArgumentException(
            "%s: drive '%s' (%d, %d, ..) expected, %s came"
                .formatted(DenseStep.where(cell), name, batch, steps, shape));
      }
      rows.put(name, new Spec(drive.type(), shape.range(2, shape.rank())));
      operands.add(drive);
    });
    var step = DenseStep.of(cell, p, rows, lengths != null);
    if (lengths != null) {
      operands.add(Scan.running(tape, lengths, Shape.of(batch, steps)).toFloat());
    }
    var states = new State(step(step, operands, batch, steps));
    var last = new ArrayList<Tensor>();
    for (int k = 0; k < states.components().size(); k++) {
      last.add(steps == 0 ? operands.get(k) : states.components().get(k).at(1, steps - 1));
    }
    Scan.leave(p, first, last);
    return new Trajectory(cell.readout(p, states, drives), states, new State(last));
  }

  private List<Tensor> step(DenseStep step, List<Tensor> operands, int batch, int steps) {
    var tape = operands.getFirst().tape();
    var lanes = cell.state().lanes();
    int components = cell.state().components();
    if (batch == 0 || steps == 0) {
      var none = tape.constant(tape.type(), 0, Shape.of(batch, steps).append(Chunks.dims(lanes)));
      return operands.subList(0, components).stream().map(x -> none).toList();
    }
    int drives = operands.size() - components;
    var all = new ArrayList<>(operands);
    step.weights().forEach(path -> all.add(tape.variables().get(path)));
    return tape.call(new DenseRecurrence(step, batch, steps, lanes, components, drives, false), all);
  }
}
