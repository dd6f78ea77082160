package dev.runnel.models.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.laws.Problem.Begin;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import dev.runnel.ssm.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Solvers can't change the answer: trajectories and gradients of every cell are the sequential ones. */
class SolversTest {
  private static final boolean FULL = Boolean.getBoolean("runnel.full");

  private static final List<Solver> SOLVERS =
      FULL
          ? List.of(
              Solver.newton(), new Solver.Newton(0, 100, Solver.Guess.DRIVES, Solver.UNDAMPED),
              Solver.elk(1e4), Solver.segmented(4), Solver.segmented(1000))
          : List.of(Solver.newton(), Solver.segmented(4));

  private static final List<Integer> LENGTHS =
      FULL ? List.of(0, 1, 2, 15, 16, 17, 37, 64, 100, 1000, 20000) : List.of(100, 0, 1, 17, 300);

  @ParameterizedTest
  @EnumSource
  void inDouble(Cells cells) {
    for (var solver : SOLVERS) {
      for (int steps : cells.tried(LENGTHS)) {
        var begin = Begin.values()[steps % 3];
        int batch = 1 + steps % 3;
        var sequential = Problem.of(DType.F64, cells.of(3), batch, steps, 3, begin, false).withGradients();
        var parallel = Problem.of(DType.F64, cells.of(3), solver, batch, steps, 3, begin, false).withGradients();
        var values = sequential.values(5);
        var expected = On.ORACLE.run(sequential.tape(), values);
        var engines = steps <= 100 ? List.of(On.SIMD_2, On.DEVICE) : List.of(On.SIMD_2);
        for (var on : FULL ? List.of(On.SIMD, On.SIMD_2, On.DEVICE) : engines) {
          agrees("%s, %s, %d steps, %s".formatted(cells, solver, steps, on), expected, on.run(parallel.tape(), values));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void inFloat(Cells cells) {
    for (var solver : SOLVERS) {
      var sequential = Problem.of(DType.F32, cells.of(3), 2, 100, 3, Begin.LEARNT, false).withGradients();
      var parallel = Problem.of(DType.F32, cells.of(3), solver, 2, 100, 3, Begin.LEARNT, false).withGradients();
      var values = sequential.values(9);
      var came = new HashMap<>(On.SIMD_2.run(parallel.tape(), values));
      List.of("iterations", "bound", "finished").forEach(came::remove);
      Lab.close(cells + " in float, " + solver, On.SIMD.run(sequential.tape(), values), came, 1e-4, 1, 0);
    }
  }

  /** What a solver writes on the tape, run by the oracle: nothing of the lowering takes part. */
  @ParameterizedTest
  @EnumSource
  void onTheOracle(Cells cells) {
    for (var solver : SOLVERS) {
      var sequential = Problem.of(DType.F64, cells.of(2), 2, 70, 2, Begin.LEARNT, false).withGradients();
      var parallel = Problem.of(DType.F64, cells.of(2), solver, 2, 70, 2, Begin.LEARNT, false).withGradients();
      var values = sequential.values(6);
      var expected = On.ORACLE.run(sequential.tape(), values);
      agrees(cells + " " + solver, expected, On.ORACLE.run(parallel.tape().expanded(), values));
    }
  }

  /** Past a row's end its states stay, whatever the solver. */
  @ParameterizedTest
  @EnumSource
  void rowsOfUnequalLength(Cells cells) {
    unequal(cells, SOLVERS);
  }

  @ParameterizedTest
  @EnumSource(names = {"LRC", "LRC_COMPLEX", "LSTM"})
  void damped(Cells cells) {
    unequal(cells, List.of(Solver.elk(1e2), Solver.elk(1e4)));
  }

  private static void unequal(Cells cells, List<Solver> solvers) {
    for (var solver : solvers) {
      var sequential = Problem.of(DType.F64, cells.of(2), 4, 68, 2, Begin.GIVEN, true).withGradients();
      var parallel = Problem.of(DType.F64, cells.of(2), solver, 4, 68, 2, Begin.GIVEN, true).withGradients();
      var values = sequential.values(7);
      values.put("lengths", new double[] {68, 0, 1, 33});
      var expected = On.ORACLE.run(sequential.tape(), values);
      agrees(cells + " masked, " + solver, expected, On.SIMD_2.run(parallel.tape(), values));
    }
  }

  /** Weights scaled until the recurrence is no contraction any more: the trajectory is the sequential one to rounding. */
  @Test
  void scaledWeights() {
    for (double scale : new double[] {1, 3, 10, 30}) {
      for (var solver : List.of(Solver.newton(), Solver.elk(1e4), Solver.segmented(4), Solver.segmented(1000))) {
        var cell = Cells.LRC.of(6);
        var sequential = Problem.of(DType.F64, cell, 3, 400, 6, Begin.ZERO, false);
        var parallel = Problem.of(DType.F64, cell, solver, 3, 400, 6, Begin.ZERO, false);
        var values = sequential.values(8);
        sequential.tape().variables().keySet().forEach(path ->
            values.put(path, Arrays.stream(values.get(path)).map(w -> w * scale / Math.sqrt(6)).toArray()));
        var expected = On.SIMD.run(sequential.tape(), values);
        var actual = On.SIMD_2.run(parallel.tape(), values);
        double[] error = new double[3 * 400 * 6];
        double largest = 0;
        for (int i = 0; i < error.length; i++) {
          double j = Math.abs(expected.get("J00")[i]);
          largest = Math.max(largest, j);
          double x = Math.abs(expected.get("x0")[i]);
          error[i] = (i / 6 % 400 == 0 ? 0 : j * error[i - 6]) + 64 * 0x1p-53 * (1 + x);
          double came = Math.abs(expected.get("x0")[i] - actual.get("x0")[i]);
          if (error[i] < 1e-2) {
            assertThat(came).as("x%s %s, state %d, |x| %s", scale, solver, i, x).isLessThanOrEqualTo(error[i]);
          }
        }
        System.out.printf("weights x%.0f, %s: max |J| %.2f, %s passes, %s of 400 steps finished sequentially%n", scale,
            solver, largest, Arrays.toString(actual.get("iterations")), Arrays.toString(actual.get("finished")));
      }
    }
  }

  /** From an earlier trajectory fewer passes are enough; the answer and its gradients are those of any other start. */
  @ParameterizedTest
  @EnumSource(names = {"LRC", "LRC_COMPLEX", "LSTM"})
  void fromAnEarlierTrajectory(Cells cells) {
    for (var solver : List.of(Solver.newton(), Solver.segmented(4))) {
      var cell = cells.of(4);
      var cold = warm(cell, solver, false);
      var values = new HashMap<String, double[]>();
      var random = new SplittableRandom(10);
      cold.inputs().forEach((name, t) -> values.put(name, random.doubles(t.shape().size(), -1.7, 1.7).toArray()));
      cold.variables().forEach((path, t) -> values.put(path, random.doubles(t.shape().size(), -1, 1).toArray()));
      var first = On.SIMD_2.run(cold, values);
      cold.variables().keySet().forEach(path ->
          values.put(path, Arrays.stream(values.get(path)).map(w -> 1.001 * w).toArray()));
      var expected = new HashMap<>(On.SIMD_2.run(cold, values));
      var warm = warm(cell, solver, true);
      first.forEach((name, x) -> values.put("earlier " + name, x));
      var actual = new HashMap<>(On.SIMD_2.run(warm, values));
      double[] before = expected.remove("passes");
      double[] after = actual.remove("passes");
      Lab.close(cells + " " + solver, expected, actual, 1e-9, 1, 0);
      System.out.printf("%s, %s: %s passes from zeros, %s from the trajectory of other weights%n",
          cells, solver.name(), Arrays.toString(before), Arrays.toString(after));
      assertThat(Arrays.stream(after).sum()).as("%s %s", cells, solver).isLessThan(Arrays.stream(before).sum());
    }
  }

  private static Tape warm(Cell cell, Solver solver, boolean warm) {
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(3, 205, 4));
    State guess = null;
    if (warm) {
      var lanes = cell.state().lanes();
      var parts = new ArrayList<Tensor>();
      for (int k = 0; k < cell.state().components(); k++) {
        parts.add(tape.input("earlier x" + k, Shape.of(3, 205, lanes.get(0))));
      }
      guess = new State(parts);
    }
    var run = Scan.of(cell).withSolver(solver).run(tape.scope(), u, null, null, guess);
    for (int k = 0; k < cell.state().components(); k++) {
      tape.output("x" + k, run.states().components().get(k));
    }
    tape.output("passes", java.util.Objects.requireNonNull(run.solution()).iterations());
    var loss = run.output().times(run.output()).sum();
    var names = List.copyOf(tape.parameters().keySet());
    var gradients = tape.gradients(loss, List.copyOf(tape.parameters().values()));
    for (int i = 0; i < names.size(); i++) {
      tape.output("grad " + names.get(i), gradients.get(i));
    }
    return tape;
  }

  @Test
  void aGuessOfAnotherShapeIsRefused() {
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(2, 64, 3));
    assertThatThrownBy(() ->
            Scan.of(Cells.LRC.of(3)).withSolver(Solver.newton())
                .run(tape.scope(), u, null, null, State.of(tape.input("x", Shape.of(2, 63, 3)))))
        .hasMessage("scan: a guess of 1 components (2, 64, 3) expected, 1 came, one of them (2, 63, 3)");
  }

  /** A sequence in chunks of any size, each from where the one before ended, has the bits of the whole one. */
  @Test
  void streaming() {
    var cell = Cell.of(5, (x, u) -> x.times(0.9).plus(u.times(x.plus(1).tanh())));
    var values = new HashMap<String, double[]>();
    var whole = stream(cell, List.of(40), values);
    for (var sizes : List.of(List.of(1, 39), List.of(7, 16, 17), List.of(20, 0, 20))) {
      assertThat(stream(cell, sizes, values)).as("chunks of %s", sizes).isEqualTo(whole);
    }
  }

  private static double[] stream(Cell cell, List<Integer> sizes, Map<String, double[]> values) {
    var tape = new Tape(DType.F32);
    var u = tape.input("u", Shape.of(2, 40, 5));
    values.computeIfAbsent("u", n -> new SplittableRandom(4).doubles(2 * 40 * 5, -1, 1).map(v -> (float) v).toArray());
    var parts = new ArrayList<Tensor>();
    State last = null;
    int from = 0;
    for (int size : sizes) {
      var run = Scan.of(cell).run(tape.scope(), u.slice(1, from, from + size), null, last);
      parts.add(run.output());
      last = run.last();
      from += size;
    }
    tape.output("x", Tensor.concat(1, parts));
    return On.SIMD.run(tape, values).get("x");
  }

  private static void agrees(String where, Map<String, double[]> expected, Map<String, double[]> came) {
    var actual = new HashMap<>(came);
    List.of("iterations", "bound", "finished").forEach(actual::remove);
    Lab.close(where, expected, actual, 1e-9, 1, 0);
  }
}
