package dev.runnel.models.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.laws.Problem.Begin;
import dev.runnel.ssm.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every engine gives the oracle's values and gradients, in double and in float, at lengths and widths of all kinds. */
class AgreementTest {
  private static final double EPSILON = 0x1p-24;

  private record Size(int batch, int steps, int d, Begin begin) {}

  private static final List<Size> SIZES =
      List.of(
          new Size(3, 17, 5, Begin.LEARNT), new Size(2, 200, 3, Begin.ZERO),
          new Size(3, 0, 5, Begin.GIVEN), new Size(3, 1, 5, Begin.ZERO), new Size(3, 2, 5, Begin.LEARNT),
          new Size(3, 15, 5, Begin.GIVEN), new Size(3, 16, 5, Begin.GIVEN), new Size(1, 17, 1, Begin.GIVEN),
          new Size(1, 17, 19, Begin.LEARNT),
          new Size(19, 3, 1, Begin.GIVEN), new Size(4, 16, 16, Begin.ZERO), new Size(2, 5, 35, Begin.GIVEN));

  /** An emulated device is slow: the short ones, unless everything is asked for. */
  private static boolean onDevice(Size size) {
    return Boolean.getBoolean("runnel.full") || size.steps() == 17;
  }

  @ParameterizedTest
  @EnumSource
  void inDouble(Cells cells) {
    for (var size : cells.tried(SIZES)) {
      var problem = problem(DType.F64, cells.of(size.d()), size);
      var values = problem.values(7);
      var expected = On.ORACLE.run(problem.tape(), values);
      for (var on : onDevice(size) ? List.of(On.PLAN, On.SIMD, On.DEVICE) : List.of(On.PLAN, On.SIMD)) {
        Lab.close(cells + " " + size + " " + on, expected, on.run(problem.tape(), values), 1e-12, 1, 0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void inFloat(Cells cells) {
    double worst = 0;
    for (var size : cells.tried(SIZES)) {
      var cell = cells.of(size.d());
      var problem = problem(DType.F32, cell, size);
      var values = problem.values(8);
      var expected = On.ORACLE.run(problem.tape(), values);
      var bound = bound(cell, size, expected, cells.roundings);
      for (var on : onDevice(size) ? List.of(On.PLAN, On.SIMD, On.DEVICE) : List.of(On.PLAN, On.SIMD)) {
        var where = cells + " " + size + " " + on;
        var actual = on.run(problem.tape(), values);
        for (int k = 0; k < bound.length; k++) {
          worst = Math.max(worst, within(where, bound[k], expected.get("x" + k), actual.get("x" + k)));
        }
        Lab.close(where, expected, actual, 1e-5, 1, 0);
      }
    }
    System.out.printf(java.util.Locale.ROOT, "%s in F32: worst state error %.2f of its bound%n", cells, worst);
  }

  @ParameterizedTest
  @EnumSource
  void twoWorkersGiveTheBitsOfOne(Cells cells) {
    for (var type : List.of(DType.F32, DType.F64)) {
      var size = new Size(6, 40, 21, Begin.LEARNT);
      var problem = problem(type, cells.of(size.d()), size);
      var values = problem.values(9);
      var one = On.SIMD.run(problem.tape(), values);
      On.SIMD_2.run(problem.tape(), values).forEach((name, x) -> assertThat(x).as(name).isEqualTo(one.get(name)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void secondDerivatives(Cells cells) {
    var problem = Problem.of(DType.F64, cells.of(3), 2, 9, 3, Begin.LEARNT, false).withSecondDerivatives();
    var values = problem.values(10);
    var expected = On.ORACLE.run(problem.tape(), values);
    for (var on : List.of(On.PLAN, On.SIMD)) {
      Lab.close(cells + " " + on, expected, on.run(problem.tape(), values), 1e-11, 1, 0);
    }
  }

  /** A row with its own end: what lies past it, and its neighbours, change nothing. */
  @ParameterizedTest
  @EnumSource
  void rowsOfUnequalLength(Cells cells) {
    int d = 3;
    int steps = 9;
    int[] lengths = {9, 0, 1, 5};
    for (var begin : List.of(Begin.GIVEN, Begin.LEARNT)) {
      var together = Problem.of(DType.F64, cells.of(d), lengths.length, steps, d, begin, true).withGradients();
      var values = together.values(11);
      values.put("lengths", Arrays.stream(lengths).asDoubleStream().toArray());
      var expected = new HashMap<String, double[]>();
      var alone = new ArrayList<Map<String, double[]>>();
      for (int b = 0; b < lengths.length; b++) {
        var single = Problem.of(DType.F64, cells.of(d), 1, lengths[b], d, begin, false).withGradients();
        var given = new HashMap<>(values);
        for (var name : single.tape().inputs().keySet()) {
          given.put(name, row(values.get(name), b, lengths.length, name.equals("u") || name.equals("gout")
              ? lengths[b] / (double) steps : 1));
        }
        // past its end a row's states stay, and are read out: neither may weigh in the loss
        blank(values.get("gout"), b, lengths.length, lengths[b] / (double) steps, 0);
        blank(values.get("u"), b, lengths.length, lengths[b] / (double) steps, Double.NaN);
        alone.add(On.ORACLE.run(single.tape(), given));
        collect(expected, alone.getLast(), b, lengths.length);
      }
      for (var on : On.values()) {
        var actual = on.run(together.tape(), values);
        var kept = new HashMap<String, double[]>();
        for (var name : actual.keySet()) {
          if (name.startsWith("last") || name.startsWith("grad cell") || name.startsWith("grad first")) {
            kept.put(name, actual.get(name));
          }
        }
        expected.keySet().retainAll(kept.keySet());
        Lab.close(cells + " " + begin + " " + on, expected, kept, 1e-12, 1, 0);
        for (int b = 0; b < lengths.length; b++) {
          for (var name : List.of("out", "x0", "grad u")) {
            double[] x = alone.get(b).get(name);
            double[] row = row(actual.get(name), b, lengths.length, lengths[b] / (double) steps);
            assertThat(Lab.distance(x, row)).as("%s, row %d", name, b).isLessThan(1e-12);
          }
          var past = Arrays.copyOfRange(actual.get("grad u"), (b * steps + lengths[b]) * d, (b + 1) * steps * d);
          assertThat(past).as("gradient past the end").containsOnly(new double[past.length]);
        }
      }
    }
  }

  private static double[] row(double[] all, int b, int rows, double share) {
    int size = all.length / rows;
    return Arrays.copyOfRange(all, b * size, b * size + (int) Math.round(size * share));
  }

  private static void blank(double[] all, int b, int rows, double share, double value) {
    int size = all.length / rows;
    Arrays.fill(all, b * size + (int) Math.round(size * share), (b + 1) * size, value);
  }

  /** Puts a row's results into its place; gradients by parameters add up. */
  private static void collect(Map<String, double[]> into, Map<String, double[]> row, int b, int rows) {
    row.forEach((name, x) -> {
      boolean summed = name.startsWith("grad cell");
      double[] all = into.computeIfAbsent(name, n -> new double[summed ? x.length : x.length * rows]);
      for (int i = 0; summed ? i < x.length : i < x.length && (b * x.length + i) < all.length; i++) {
        all[summed ? i : b * x.length + i] += x[i];
      }
    });
  }

  private static Problem problem(DType type, Cell cell, Size size) {
    return Problem.of(type, cell, size.batch(), size.steps(), size.d(), size.begin(), false).withGradients();
  }

  /** {@code E_t = |J_t| E_(t-1) + c eps (1 + |x_t|)}, one array a component. */
  private static double[][] bound(Cell cell, Size size, Map<String, double[]> run, double roundings) {
    int components = cell.state().components();
    int lanes = (int) cell.state().lanes().size();
    var e = new double[components][size.batch() * size.steps() * lanes];
    for (int i = 0; i < e[0].length; i++) {
      boolean first = i / lanes % size.steps() == 0;
      for (int k = 0; k < components; k++) {
        double sum = roundings * EPSILON * (1 + Math.abs(run.get("x" + k)[i]));
        for (int j = 0; j < components && !first; j++) {
          sum += Math.abs(run.get("J" + k + j)[i]) * e[j][i - lanes];
        }
        e[k][i] = sum;
      }
    }
    return e;
  }

  private static double within(String where, double[] bound, double[] expected, double[] actual) {
    double worst = 0;
    for (int i = 0; i < bound.length; i++) {
      if (bound[i] < 1e-2) {
        double share = Math.abs(expected[i] - actual[i]) / bound[i];
        assertThat(share).as("%s: state %d, error by what rounding may make", where, i).isLessThanOrEqualTo(1);
        worst = Math.max(worst, share);
      }
    }
    return worst;
  }
}
