package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a select leaves out may be anything. */
class MaskTest {
  private static final double[] X = {-1, 0, 4};

  private static Map<String, double[]> masked(On on, java.util.function.UnaryOperator<Tensor> f) {
    var tape = new Tape(DType.F64);
    var x = tape.input("x", Shape.of(3));
    var y = x.greater(0).select(f.apply(x), 0);
    tape.output("y", y);
    tape.output("g", tape.gradients(y.sum(), List.of(x)).getFirst());
    return on.run(tape, Map.of("x", X));
  }

  @TestFactory
  Stream<DynamicTest> valuesAndGradientsStayFinite() {
    return Stream.of(On.ORACLE, On.PLAN, On.SIMD, On.DEVICE).flatMap(on -> Stream.of(
        dynamicTest(on + " sqrt", () -> finite(masked(on, Tensor::sqrt), 2, 0.25)),
        dynamicTest(on + " log", () -> finite(masked(on, Tensor::log), Math.log(4), 0.25)),
        dynamicTest(on + " division", () -> finite(masked(on, x -> x.like(1).div(x)), 0.25, -0.0625)),
        dynamicTest(on + " a chain", () -> finite(masked(on, x -> x.sqrt().log().times(2)), Math.log(4), 0.25)),
        dynamicTest(on + " a value used twice", () -> finite(masked(on, MaskTest::twice), 6, 1.25))));
  }

  private static Tensor twice(Tensor x) {
    var root = x.sqrt();
    return root.plus(root.times(root));
  }

  private static void finite(Map<String, double[]> results, double y, double g) {
    assertThat(results.get("y")[0]).isZero();
    assertThat(results.get("y")[1]).isZero();
    assertThat(results.get("y")[2]).isCloseTo(y, org.assertj.core.api.Assertions.within(1e-15));
    assertThat(results.get("g")[0]).isZero();
    assertThat(results.get("g")[1]).isZero();
    assertThat(results.get("g")[2]).isCloseTo(g, org.assertj.core.api.Assertions.within(1e-15));
  }

  @Test
  void aMaskedInputMayBeAnything() {
    for (var on : List.of(On.ORACLE, On.PLAN, On.SIMD, On.DEVICE)) {
      var tape = new Tape(DType.F64);
      var x = tape.input("x", Shape.of(4));
      var w = tape.input("w", Shape.of(4));
      var kept = tape.input("kept", Shape.of(4));
      var y = kept.select(x, 0).times(w).sum();
      tape.output("y", y);
      var gradients = tape.gradients(y, List.of(x, w));
      tape.output("gx", gradients.get(0));
      tape.output("gw", gradients.get(1));
      double inf = Double.POSITIVE_INFINITY;
      var results = on.run(tape, Map.of(
          "x", new double[] {Double.NaN, 3, inf, 5}, "w", new double[] {1, 2, 3, 4}, "kept", new double[] {0, 1, 0, 1}));
      assertThat(results.get("y")).containsExactly(26);
      assertThat(results.get("gx")).containsExactly(0, 2, 0, 4);
      assertThat(results.get("gw")).containsExactly(0, 3, 0, 5);
    }
  }
}
