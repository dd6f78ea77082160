package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Laws of every row of {@link Pointwise}: a new row is tested by existing. */
class OpLawsTest {
  /** Odd, and more than two of the widest vectors. */
  private static final int N = 37;

  private static final double STEP = 1e-3;

  @TestFactory
  Stream<DynamicTest> slopeIsTheFiniteDifference() {
    return rows(OpLawsTest::checkSlope);
  }

  @TestFactory
  Stream<DynamicTest> forwardIsTheTransposeOfReverse() {
    return rows(OpLawsTest::checkForward);
  }

  @TestFactory
  Stream<DynamicTest> secondDerivativeIsTheFiniteDifferenceOfTheGradient() {
    return rows(OpLawsTest::checkSecond);
  }

  @TestFactory
  Stream<DynamicTest> enginesAgreeInDouble() {
    return rows(row -> checkEngines(row, DType.F64));
  }

  @TestFactory
  Stream<DynamicTest> enginesAgreeInFloat() {
    return rows(row -> checkEngines(row, DType.F32));
  }

  private static Stream<DynamicTest> rows(java.util.function.Consumer<Pointwise> law) {
    return Arrays.stream(Pointwise.values()).map(row -> dynamicTest(row.name(), () -> law.accept(row)));
  }

  /** A row on a tape with what its laws read. */
  private record Recorded(Tape tape, Map<String, double[]> inputs, int floats) {}

  /** Type of a row's operands. */
  private static boolean takesInts(Pointwise row) {
    return row.result() == Pointwise.Result.INT ? row != Pointwise.TO_INT : row == Pointwise.TO_FLOAT;
  }

  private static Recorded recorded(Pointwise row, DType type) {
    var tape = new Tape(type);
    var shape = Shape.of(N);
    var of = takesInts(row) ? DType.I32 : type;
    var x = IntStream.range(0, row.arity()).mapToObj(i -> tape.input("x" + i, of, shape)).toArray(Tensor[]::new);
    var inputs = new HashMap<>(points(row));
    var random = new SplittableRandom(7);
    var y = tape.point(row, x);
    tape.output("y", y);
    if (of == DType.I32 || y.type() == DType.I32) {
      return new Recorded(tape, inputs, 0);
    }
    var v = tape.input("v", shape);
    inputs.put("v", floats(random, -1, 1));
    var gradients = tape.gradients(List.of(y), List.of(v), List.of(x));
    var directions = new LinkedHashMap<Tensor, Tensor>();
    var mixed = tape.constant(0);
    for (int i = 0; i < x.length; i++) {
      var u = tape.input("u" + i, shape);
      inputs.put("u" + i, floats(random, -1, 1));
      directions.put(x[i], u);
      tape.output("g" + i, gradients.get(i));
      mixed = mixed.plus(gradients.get(i).times(u));
    }
    tape.output("Ju", tape.tangent(y, directions));
    tape.output("mixed", mixed.broadcastTo(shape));
    var second = tape.gradients(mixed.sum(), List.of(x));
    for (int i = 0; i < x.length; i++) {
      tape.output("h" + i, second.get(i));
    }
    return new Recorded(tape, inputs, x.length);
  }

  private static double[] floats(SplittableRandom random, double low, double high) {
    return random.doubles(N, low, high).map(x -> (float) x).toArray();
  }

  /** Points in a row's domain and away from its kinks, exact in float. */
  private static Map<String, double[]> points(Pointwise row) {
    var random = new SplittableRandom(11);
    var points = new LinkedHashMap<String, double[]>();
    for (int i = 0; i < row.arity(); i++) {
      points.put("x" + i, takesInts(row)
          ? random.ints(N).asDoubleStream().toArray()
          : switch (row) {
            case SQRT, RSQRT, LOG, POW -> floats(random, 0.25, 3);
            case LOG1P -> floats(random, -0.75, 3);
            case DIV -> floats(random, 0.5, 2);
            case ABS, RELU -> IntStream.range(0, N).mapToDouble(k -> (k - 18.5) / 8).toArray();
            case MIN, MAX, LESS, EQUAL -> i == 0
                ? floats(random, -2, 2)
                : Arrays.stream(points.get("x0")).map(a -> a + (random.nextBoolean() ? 0.5 : -0.5)).toArray();
            case SELECT -> i == 0 ? random.ints(N, 0, 2).asDoubleStream().toArray() : floats(random, -2, 2);
            case TO_INT -> IntStream.range(0, N).mapToDouble(k -> (k - 18) * 3.5 + 0.25).toArray();
            default -> floats(random, -2, 2);
          });
    }
    return points;
  }

  /** The central difference of fourth order. */
  private static double slope(java.util.function.DoubleUnaryOperator f) {
    double near = f.applyAsDouble(STEP) - f.applyAsDouble(-STEP);
    double far = f.applyAsDouble(2 * STEP) - f.applyAsDouble(-2 * STEP);
    return (8 * near - far) / (12 * STEP);
  }

  private static void checkSlope(Pointwise row) {
    var r = recorded(row, DType.F64);
    var results = On.ORACLE.run(r.tape, r.inputs);
    for (int i = 0; i < r.floats; i++) {
      for (int k = 0; k < N; k++) {
        double[] x = new double[row.arity()];
        for (int j = 0; j < x.length; j++) {
          x[j] = r.inputs.get("x" + j)[k];
        }
        int moved = i;
        boolean condition = row == Pointwise.SELECT && i == 0;
        double expected = condition ? 0 : slope(h -> {
          double[] at = x.clone();
          at[moved] += h;
          return row.value(at);
        });
        assertThat(results.get("g" + i)[k])
            .as("d%s/dx%d at %s", row, i, Arrays.toString(x))
            .isCloseTo(expected * r.inputs.get("v")[k], within(1e-9 * Math.max(1, Math.abs(expected))));
      }
    }
  }

  private static void checkForward(Pointwise row) {
    var r = recorded(row, DType.F64);
    var results = On.ORACLE.run(r.tape, r.inputs);
    if (r.floats == 0) {
      assertThat(row.value(new double[row.arity()])).as("an integer row has values only").isFinite();
      return;
    }
    for (int k = 0; k < N; k++) {
      double forward = results.get("Ju")[k] * r.inputs.get("v")[k];
      double reverse = 0;
      for (int i = 0; i < r.floats; i++) {
        reverse += results.get("g" + i)[k] * r.inputs.get("u" + i)[k];
      }
      assertThat(forward).as("%s at position %d", row, k).isCloseTo(reverse, within(1e-13 * Math.max(1, Math.abs(reverse))));
    }
  }

  private static void checkSecond(Pointwise row) {
    var r = recorded(row, DType.F64);
    var results = On.ORACLE.run(r.tape, r.inputs);
    for (int i = 0; i < r.floats; i++) {
      if (row == Pointwise.SELECT && i == 0) {
        assertThat(results.get("h0")).containsOnly(0);
        continue;
      }
      var name = "x" + i;
      var near = difference(r, name, STEP);
      var far = difference(r, name, 2 * STEP);
      for (int k = 0; k < N; k++) {
        double expected = (8 * near[k] - far[k]) / (12 * STEP);
        assertThat(results.get("h" + i)[k])
            .as("second derivative of %s by x%d at position %d", row, i, k)
            .isCloseTo(expected, within(1e-8 * Math.max(1, Math.abs(expected))));
      }
    }
  }

  private static double[] difference(Recorded r, String name, double h) {
    double[] up = moved(r, name, h);
    double[] down = moved(r, name, -h);
    return IntStream.range(0, N).mapToDouble(k -> up[k] - down[k]).toArray();
  }

  private static double[] moved(Recorded r, String name, double h) {
    var inputs = new HashMap<>(r.inputs);
    inputs.put(name, Arrays.stream(r.inputs.get(name)).map(x -> x + h).toArray());
    return On.ORACLE.run(r.tape, inputs).get("mixed");
  }

  /** Values to 8 units in the last place, which is more than any row states; derivatives to their largest value. */
  private static void checkEngines(Pointwise row, DType type) {
    var r = recorded(row, type);
    var oracle = On.ORACLE.run(r.tape, r.inputs);
    var plan = On.PLAN.run(r.tape, r.inputs);
    On.close(row + " interpreted", oracle, plan, 64 * type.epsilon(), 1e-3);
    double[] y = oracle.get("y");
    for (int k = 0; k < N; k++) {
      double ulp = type == DType.F32 ? Math.ulp((float) y[k]) : Math.ulp(y[k]);
      assertThat(plan.get("y")[k]).as("%s at position %d", row, k).isCloseTo(y[k], within(8 * ulp));
    }
    On.same(row + " compiled", plan, On.SIMD.run(r.tape, r.inputs));
    On.close(row + " on a device", oracle, On.DEVICE.run(r.tape, r.inputs), 64 * type.epsilon(), 1e-3);
  }
}
