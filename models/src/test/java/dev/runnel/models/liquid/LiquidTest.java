package dev.runnel.models.liquid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Layer;
import dev.runnel.models.Size;
import dev.runnel.models.Vectors;
import dev.runnel.models.blocks.BatchNorm;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.liquid.LiquidSeries.Terms;
import dev.runnel.ssm.Solver;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Liquid-S4 against values computed elsewhere in double, and its promise that states stay bounded. */
class LiquidTest {
  private static final Solver STEPS = Solver.sequential();

  private static Liquid cell(int channels, int n, Guard guard) {
    return new Liquid(channels, n, Start.LIN, 0.001, 0.1, guard);
  }

  @ParameterizedTest
  @EnumSource
  void isThePaperModel(On on) {
    var golden = Vectors.read("liquid_s4_diag.json");
    int[] lanes = Vectors.shape(golden.get("Lambda"));
    var values = new HashMap<String, double[]>();
    values.put("log_dt", Arrays.stream(Vectors.array(golden.get("dt"))).map(Math::log).toArray());
    values.put(
        "inv_w_real",
        Arrays.stream(Vectors.array(golden.get("Lambda").get("re"))).map(v -> Math.log(-v)).toArray());
    values.put("w_imag", Vectors.array(golden.get("Lambda").get("im")));
    values.put("B", pairs(golden.get("B")));
    values.put("C", pairs(golden.get("C")));
    values.put("D", new double[lanes[0]]);
    var cell = cell(lanes[0], 2 * lanes[1], Guard.NONE);
    double[] order1 = Vectors.array(golden.get("y_order1"));
    double[] order2 = Vectors.array(golden.get("y_order2"));
    double[] order3 = Vectors.array(golden.get("y_order3"));
    var layers =
        Map.<Layer, double[]>of(
            LiquidS4.exact(cell, STEPS), Vectors.array(golden.get("y_exact_bilinear")),
            new LiquidSeries(cell, Terms.TRUNCATED, 1, STEPS), order1,
            new LiquidSeries(cell, Terms.TRUNCATED, 2, STEPS), sum(order1, order2),
            new LiquidSeries(cell, Terms.TRUNCATED, 3, STEPS), sum(sum(order1, order2), order3),
            new LiquidSeries(cell, Terms.PB, 3, STEPS), Vectors.array(golden.get("y_PB_causal_p3")));
    int[] shape = Vectors.shape(golden.get("u"));
    values.put("u", transposed(Vectors.array(golden.get("u")), shape));
    layers.forEach((layer, y) -> {
      var tape = new Tape(DType.F64);
      tape.output("y", layer.apply(tape.scope(), tape.input("u", Shape.of(1, shape[1], shape[0]))));
      double[] expected = transposed(y, shape);
      assertThat(Lab.distance(expected, on.run(tape, values).get("y")))
          .as("%s on %s", layer, on)
          .isLessThan(1e-9 * Lab.largest(expected));
    });
  }

  /** A's and B's first values against those computed elsewhere; B's phases are a matter of the eigenvectors'. */
  @Test
  void beginsWithLegS() {
    var golden = Vectors.read("s4_nplr_legs_N8.json");
    double[] im = Vectors.array(golden.get("Lambda").get("im"));
    var re = Vectors.array(golden.get("Bt").get("re"));
    var imaginary = Vectors.array(golden.get("Bt").get("im"));
    double[] sizes = new double[4];
    Arrays.setAll(sizes, m -> Math.hypot(re[m], imaginary[m]));
    double[] b = Start.LEGS.inputs(8);
    double[] came = new double[4];
    Arrays.setAll(came, m -> Math.hypot(b[2 * m], b[2 * m + 1]));
    assertThat(Lab.distance(im, Start.LEGS.frequencies(8))).isLessThan(1e-5 * Lab.largest(im));
    assertThat(Lab.distance(sizes, came)).isLessThan(1e-5 * Lab.largest(sizes));
    assertThat(Lab.largest(Start.LEGS.inputs(64))).as("not clipped").isGreaterThan(20);
  }

  /** Of seven states, the published recipes' number, the real mode goes and three pairs stay. */
  @Test
  void anOddNumberOfLegSStatesLosesItsRealMode() {
    double[] w = Start.LEGS.frequencies(7);
    assertThat(w).hasSize(3).isSorted();
    assertThat(w[2]).isNegative();
    // trace of S^2: sum of squares of all entries of the skew part, each pair counted twice
    double squares = 0;
    for (int i = 0; i < 7; i++) {
      for (int k = 0; k < i; k++) {
        squares += 2 * 0.25 * (2 * i + 1) * (2 * k + 1);
      }
    }
    assertThat(2 * Arrays.stream(w).map(v -> v * v).sum()).isCloseTo(squares, within(1e-9 * squares));
    assertThat(Start.LEGS.inputs(7)).hasSize(6);
  }

  /** Degree 10 of 10 steps is all there is. */
  @Test
  void theSeriesEndsInTheExactModel() {
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(2, 10, 3));
    var cell = cell(3, 4, Guard.NONE);
    var series = new LiquidSeries(cell, Terms.TRUNCATED, 10, STEPS).apply(tape.scope(), u);
    tape.output("far", series.minus(LiquidS4.exact(cell, STEPS).apply(tape.scope(), u)));
    tape.output("y", series);
    var run = On.ORACLE.run(tape, random(tape, 1));
    assertThat(Lab.largest(run.get("far"))).isLessThan(1e-12 * Lab.largest(run.get("y")));
  }

  private static Map<String, double[]> random(Tape tape, double scale) {
    var random = new java.util.SplittableRandom(4);
    var values = new HashMap<String, double[]>();
    tape.variables().forEach((path, t) -> values.put(path, random.doubles(t.shape().size(), -1, 1).toArray()));
    tape.inputs().forEach((name, t) ->
        values.put(name, random.doubles(t.shape().size(), -scale, scale).toArray()));
    return values;
  }

  /** Inputs 50 times too large for |A + B u| < 1: guarded states stay where drives alone bring them. */
  @ParameterizedTest
  @EnumSource
  void guardedStatesStayBounded(Guard guard) {
    int steps = 300;
    var tape = new Tape(DType.F64);
    var run = dev.runnel.ssm.Scan.of(cell(4, 6, guard)).run(tape.scope(), tape.input("u", Shape.of(1, steps, 4)));
    tape.output("re", run.states().first());
    for (int row = 0; row < 2; row++) {
      for (int column = 0; column < 2; column++) {
        tape.output("J" + row + column, run.jacobian().get(row, column));
      }
    }
    var values = random(tape, 50);
    var ran = On.SIMD.run(tape, values);
    double largest = Lab.largest(ran.get("re"));
    double norm = 0;
    for (int i = 0; i < ran.get("J00").length; i++) {
      norm = Math.max(norm, Math.hypot(ran.get("J00")[i], ran.get("J01")[i]));
    }
    if (guard == Guard.NONE) {
      assertThat(norm).as("|A + B u|").isGreaterThan(2);
      assertThat(largest).isGreaterThan(1e12);
    } else {
      assertThat(norm).as("|A + B u|").isLessThan(1 + 1e-12);
      assertThat(largest).isLessThan(1e5);
    }
  }

  /** Where no guard is needed, the clamp changes nothing. */
  @Test
  void theClampLeavesSmallInputsAlone() {
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(1, 20, 3));
    tape.output("clamped", LiquidS4.exact(cell(3, 4, Guard.CLAMP), STEPS).apply(tape.scope(), u));
    tape.output("free", LiquidS4.exact(cell(3, 4, Guard.NONE), STEPS).apply(tape.scope(), u));
    var run = On.ORACLE.run(tape, random(tape, 1e-3));
    assertThat(run.get("clamped")).isEqualTo(run.get("free"));
  }

  /** The published 224,675 have S4's low-rank P, 128 channels of 3 complex numbers a layer, which is no part of it here. */
  @Test
  void hasThePublishedNumberOfParametersForSpeechCommands() {
    var size = new Size(1, 35, 128, 7, 6);
    var tape = new Tape(DType.F32);
    LiquidS4.classifier(
            size, LiquidS4.exact(new Liquid(128, 7), STEPS), new BatchNorm(), Residual.Order.PRE, 0.1)
        .logits(tape.scope(), tape.input("x", Shape.of(1, 4, 1)), null);
    assertThat(tape.parameters().values().stream().mapToLong(p -> p.shape().size()).sum())
        .isEqualTo(224_675 - 6 * 128 * 3 * 2);
  }

  @Test
  void errorsAreOneLine() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Liquid(3, 1))
        .withMessage("liquid: 1 channel and 2 states or more expected, 3 and 1 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Liquid(3, 4, Start.INV, 0.1, 0.01, Guard.CLAMP))
        .withMessage("liquid: steps with 0 < least <= most expected, 0.1 and 0.01 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LiquidSeries(new Liquid(3, 4), Terms.PB, 0, STEPS))
        .withMessage("liquid: a degree from 1 to 16 expected, 0 came");
    var tape = new Tape(DType.F32);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LiquidS4.exact(new Liquid(3, 4), STEPS)
            .apply(tape.scope(), tape.input("x", Shape.of(1, 2, 4))))
        .withMessage("liquid: 3 inputs expected, 4 came");
  }

  private static double[] pairs(JsonNode complex) {
    double[] re = Vectors.array(complex.get("re"));
    double[] im = Vectors.array(complex.get("im"));
    double[] both = new double[2 * re.length];
    for (int i = 0; i < re.length; i++) {
      both[2 * i] = re[i];
      both[2 * i + 1] = im[i];
    }
    return both;
  }

  /** {@code (H, T)} as {@code (T, H)}. */
  private static double[] transposed(double[] x, int[] shape) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i % shape[1] * shape[0] + i / shape[1]] = x[i];
    }
    return y;
  }

  private static double[] sum(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < a.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }
}
