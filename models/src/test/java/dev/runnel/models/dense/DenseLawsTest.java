package dev.runnel.models.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.dense.DenseProblem.Begin;
import dev.runnel.models.dense.DenseProblem.Size;
import dev.runnel.models.dense.DenseProblem.Way;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.DenseScan;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.Solver;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A dense scan is its step written out again and again, with the gradients of that; it refuses what it can't be. */
class DenseLawsTest {
  private static final double STEP = 1e-5;

  private static final List<Size> SIZES =
      List.of(
          new Size(3, 5, 4, Begin.LEARNT, true), new Size(3, 17, 5, Begin.GIVEN, false),
          new Size(2, 0, 3, Begin.LEARNT, false), new Size(2, 1, 3, Begin.GIVEN, true),
          new Size(1, 2, 1, Begin.LEARNT, false));

  @ParameterizedTest
  @EnumSource
  void isTheStepWrittenOut(DenseCells cells) {
    for (var size : SIZES) {
      var cell = cells.of(size.inputs() + 1);
      var unrolled = DenseProblem.of(DType.F64, cell, size, Way.UNROLLED).withGradients();
      var scan = DenseProblem.of(DType.F64, cell, size, Way.SCAN).withGradients();
      var values = values(scan, size, 3);
      var expected = expected(unrolled, scan, values);
      for (var on : On.values()) {
        Lab.close(cells + " " + size + " " + on, expected, on.run(scan.tape(), values), 1e-12, 1, 0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void inFloat(DenseCells cells) {
    for (var size : SIZES) {
      var cell = cells.of(19);
      var unrolled = DenseProblem.of(DType.F32, cell, size, Way.UNROLLED).withGradients();
      var scan = DenseProblem.of(DType.F32, cell, size, Way.SCAN).withGradients();
      var values = values(scan, size, 4);
      for (var path : scan.tape().variables().keySet()) {
        values.computeIfPresent(path, (p, w) -> Arrays.stream(w).map(v -> (float) (v / 4)).toArray());
      }
      var expected = expected(unrolled, scan, values);
      Lab.close(cells + " " + size, expected, On.SIMD.run(scan.tape(), values), 1e-5, 1, 0);
    }
  }

  /** What is written out, with zeros as gradients of weights that no step of none reads. */
  private static Map<String, double[]> expected(
      DenseProblem unrolled, DenseProblem scan, Map<String, double[]> values) {
    var expected = On.ORACLE.run(unrolled.tape(), values);
    scan.tape().outputs().forEach((name, x) -> {
      if (unrolled.wrt().size() < scan.wrt().size() && name.startsWith("grad ")) {
        expected.putIfAbsent(name, new double[(int) x.shape().size()]);
      }
    });
    return expected;
  }

  @ParameterizedTest
  @EnumSource
  void twoWorkersGiveTheBitsOfOne(DenseCells cells) {
    for (var type : List.of(DType.F32, DType.F64)) {
      var size = new Size(6, 17, 9, Begin.LEARNT, true);
      var scan = DenseProblem.of(type, cells.of(21), size, Way.SCAN).withGradients();
      var values = values(scan, size, 5);
      var one = On.SIMD.run(scan.tape(), values);
      On.SIMD_2.run(scan.tape(), values).forEach((name, x) -> assertThat(x).as(name).isEqualTo(one.get(name)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void gradientsAreSlopes(DenseCells cells) {
    for (var begin : Begin.values()) {
      var size = new Size(2, 6, 3, begin, true);
      var scan = DenseProblem.of(DType.F64, cells.of(4), size, Way.SCAN).withGradients();
      slopes(cells + " " + begin, scan, values(scan, size, 6), "grad ", "loss");
    }
  }

  @ParameterizedTest
  @EnumSource
  void secondDerivativesAreSlopesOfSlopes(DenseCells cells) {
    var size = new Size(2, 3, 2, Begin.GIVEN, false);
    var scan = DenseProblem.of(DType.F64, cells.of(2), size, Way.SCAN).withSecondDerivatives();
    var values = values(scan, size, 7);
    slopes(cells.name(), scan, values, "second ", "slope");
    Lab.close(
        cells.name(), On.ORACLE.run(scan.tape(), values), On.SIMD.run(scan.tape(), values), 1e-11, 1, 0);
  }

  /** Along a random direction of each variable and input. */
  private static void slopes(String where, DenseProblem p, Map<String, double[]> values, String prefix, String of) {
    var gradients = On.ORACLE.run(p.tape(), values);
    for (var name : p.wrt().keySet()) {
      double[] at = values.get(name);
      double[] direction = new SplittableRandom(name.hashCode()).doubles(at.length, -1, 1).toArray();
      double expected = 0;
      for (int i = 0; i < at.length; i++) {
        expected += direction[i] * gradients.get(prefix + name)[i];
      }
      double up = moved(p, values, name, direction, STEP, of);
      double down = moved(p, values, name, direction, -STEP, of);
      assertThat((up - down) / (2 * STEP))
          .as("%s: %s%s", where, prefix, name)
          .isCloseTo(expected, within(2e-7 * (1 + Math.abs(expected))));
    }
  }

  private static double moved(
      DenseProblem p, Map<String, double[]> values, String name, double[] direction, double by, String of) {
    var changed = new HashMap<>(values);
    double[] x = values.get(name).clone();
    for (int i = 0; i < x.length; i++) {
      x[i] += by * direction[i];
    }
    changed.put(name, x);
    return On.ORACLE.run(p.tape(), changed).get(of)[0];
  }

  /** Nudging a row's input moves that row alone, from that step on; past a row's end nothing is read. */
  @ParameterizedTest
  @EnumSource
  void rowsAndTimeStayApart(DenseCells cells) {
    var size = new Size(3, 6, 3, Begin.ZERO, true);
    var scan = DenseProblem.of(DType.F32, cells.of(4), size, Way.SCAN).withGradients();
    var values = values(scan, size, 8);
    var before = On.SIMD.run(scan.tape(), values);
    values.get("u")[(1 * 6 + 1) * 3] += 0.5; // row 1, step 1 of 3
    Arrays.fill(values.get("u"), (1 * 6 + 3) * 3, 2 * 6 * 3, Double.NaN);
    var after = On.SIMD.run(scan.tape(), values);
    double[] x = before.get("x0");
    double[] y = after.get("x0");
    int moved = 0;
    for (int i = 0; i < x.length; i++) {
      boolean may = i / 4 / 6 == 1 && i / 4 % 6 >= 1;
      moved += x[i] == y[i] ? 0 : 1;
      assertThat(may || x[i] == y[i]).as("%s: element %d, %s and %s", cells, i, x[i], y[i]).isTrue();
    }
    assertThat(moved).isPositive();
    double[] slopes = Arrays.copyOfRange(after.get("grad u"), (1 * 6 + 3) * 3, 2 * 6 * 3);
    assertThat(slopes).containsOnly(new double[slopes.length]);
  }

  /** Lengths of all kinds where the problem has any. */
  private static Map<String, double[]> values(DenseProblem problem, Size size, long seed) {
    var values = problem.values(seed);
    int[] some = {size.steps(), size.steps() / 2, 0, 1, size.steps(), 2};
    values.computeIfPresent(
        "lengths", (name, x) -> Arrays.stream(some).limit(size.batch()).asDoubleStream().toArray());
    return values;
  }

  @Test
  void parallelSolversAreRefused() {
    var scan = DenseScan.of(new DenseGru(3));
    for (var solver : List.of(Solver.newton(), Solver.segmented(4))) {
      assertThatIllegalArgumentException().isThrownBy(() -> scan.withSolver(solver)).withMessage(
          "DenseGru: solver sequential expected, " + solver.name() + " came; its states read each other, so a pass in"
              + " parallel would multiply a full matrix for each step: take sequential, or a cell with a diagonal"
              + " Jacobian");
    }
    assertThat(scan.withSolver(Solver.sequential())).isEqualTo(scan);
    assertThat(scan.withSolver(Solver.auto(64))).isEqualTo(scan);
  }

  private record Wrong(UnaryOperator<Tensor> rule) implements DenseCell {
    @Override
    public StateShape state() {
      return StateShape.of(4);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("u", u);
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      return State.of(rule.apply(x.first().plus(u.get("u"))));
    }
  }

  private static void refused(UnaryOperator<Tensor> rule, String message) {
    var tape = new Tape(DType.F32);
    var u = tape.input("u", Shape.of(2, 3, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DenseScan.of(new Wrong(rule)).run(tape.scope(), u))
        .withMessage(message);
  }

  @Test
  void stepsThatMixRowsAreRefused() {
    refused(x -> x.minus(x.mean(0)), mixes("reduce"));
    refused(x -> x.flip(0), mixes("flip"));
    refused(x -> x.plus(x.slice(0, 0, 1)), mixes("slice"));
    refused(x -> x.transpose(1, 0).matmul(x).sum().broadcastTo(x.shape()), mixes("transpose"));
    refused(x -> x.plus(x.tape().iota(x.shape(), 0).toFloat()),
        "Wrong.step: operations that leave rows apart expected, iota came, which numbers rows; put it into drive()");
    refused(x -> x.sum(1), "Wrong.step: next states of shape (10007, 4) for 10007 rows expected, (10007) came");
    refused(x -> {
      var seen = new Scope(x.tape(), "").state("seen", DType.F32, Shape.of(1), Init.zeros());
      x.tape().assign(seen, seen.plus(1));
      return x;
    }, "Wrong.step: no assignment expected, one of [seen] came; a step keeps nothing but states");
  }

  private static String mixes(String operation) {
    return "Wrong.step: operations that leave rows apart expected, " + operation
        + " came, which may let a row read another; put it into drive()";
  }

  @Test
  void stepsMayMixStates() {
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(2, 3, 4));
    UnaryOperator<Tensor> rule = x -> Tensor.concat(1, x.flip(1).slice(1, 1, 4), x.max(1).unsqueeze(1))
        .reshape(-1, 2, 2).transpose(0, 2, 1).reshape(-1, 4).layerNorm(1e-5).minus(x.sum(1).unsqueeze(1)).tanh();
    var run = DenseScan.of(new Wrong(rule)).run(tape.scope(), u);
    var unrolled = u.at(1, 0).times(0);
    for (int t = 0; t < 3; t++) {
      unrolled = rule.apply(unrolled.plus(u.at(1, t)));
    }
    tape.output("scan", run.last().first());
    tape.output("unrolled", unrolled);
    var values = Map.of("u", new SplittableRandom(1).doubles(24, -1, 1).toArray());
    for (var on : On.values()) {
      var got = on.run(tape, values);
      assertThat(Lab.distance(got.get("scan"), got.get("unrolled"))).as(on.name()).isLessThan(1e-13);
    }
  }
}
