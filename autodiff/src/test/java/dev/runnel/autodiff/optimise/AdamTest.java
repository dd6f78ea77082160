package dev.runnel.autodiff.optimise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.autodiff.simd.Cold;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** Steps against the formula in a plain loop: the loss is {@code sum_i c_i (p_i - q_i)^2} over two parameters. */
class AdamTest {
  private static final int STEPS = 7;
  private static final double[] START = {0.5, -1, 2, 0.25, -0.75};
  private static final double[] CURVE = {1, 3, 0.5, 2, 10};
  private static final double[] GOAL = {1, 1, -1, 0, 2};

  /** Parameters {@code body.w} (the first three numbers) and {@code head.b} (the last two). */
  private static Tape recorded(Optimiser adam) {
    var tape = new Tape(DType.F64);
    var w = tape.scope().scope("body").parameter("w", Shape.of(3), Init.of(0.5, -1, 2));
    var b = tape.scope().scope("head").parameter("b", Shape.of(2), Init.of(0.25, -0.75));
    var curve = tape.input("curve", Shape.of(5));
    var goal = tape.input("goal", Shape.of(5));
    var far = dev.runnel.autodiff.Tensor.concat(0, w, b).minus(goal);
    var loss = far.times(far).times(curve).sum();
    tape.output("loss", loss);
    tape.output("norm", adam.minimise(loss));
    return tape;
  }

  /** The formula, number by number; a parameter has its rate and decay. */
  private static double[] expected(Optimiser optimiser, double[] rates, double[] decays) {
    var adam = (Adam) optimiser.rule();
    double[] p = START.clone();
    double[] m = new double[5];
    double[] v = new double[5];
    for (int t = 1; t <= STEPS; t++) {
      double[] g = new double[5];
      double squares = 0;
      for (int i = 0; i < 5; i++) {
        g[i] = 2 * CURVE[i] * (p[i] - GOAL[i]);
        squares += g[i] * g[i];
      }
      double scale = Math.min(1, optimiser.clip() / Math.sqrt(squares));
      for (int i = 0; i < 5; i++) {
        double clipped = g[i] * scale;
        m[i] = adam.beta1() * m[i] + (1 - adam.beta1()) * clipped;
        v[i] = adam.beta2() * v[i] + (1 - adam.beta2()) * clipped * clipped;
        double change = m[i] / (1 - Math.pow(adam.beta1(), t))
            / (Math.sqrt(v[i] / (1 - Math.pow(adam.beta2(), t))) + adam.epsilon());
        p[i] -= rates[i] * (change + decays[i] * p[i]);
      }
    }
    return p;
  }

  private static void check(Optimiser adam, double[] rates, double[] decays) {
    var expected = expected(adam, rates, decays);
    for (Engine engine : List.of(new Oracle(), new PlannedEngine(Cold.backend(1)))) {
      try (engine;
          var allocator = new RootAllocator();
          var variables = new Variables(allocator, 1);
          var program = engine.compile(recorded(adam), variables)) {
        program.set("curve", CURVE);
        program.set("goal", GOAL);
        for (int t = 0; t < STEPS; t++) {
          program.run();
        }
        double[] w = variables.get("body.w");
        double[] b = variables.get("head.b");
        double[] p = {w[0], w[1], w[2], b[0], b[1]};
        assertThat(p).as(engine.name()).containsExactly(expected, within(1e-12));
        assertThat(variables.get("optimiser.step")).containsExactly(STEPS);
      }
    }
  }

  private static double[] each(double body, double head) {
    return new double[] {body, body, body, head, head};
  }

  @Test
  void followsTheFormula() {
    check(Adam.of(0.1), each(0.1, 0.1), each(0, 0));
  }

  @Test
  void decayIsDecoupled() {
    check(Adam.of(0.1).withDecay(0.3), each(0.1, 0.1), each(0.3, 0.3));
  }

  @Test
  void clipsByTheGlobalNorm() {
    check(Adam.of(0.1).withClip(5), each(0.1, 0.1), each(0, 0));
    check(Optimiser.of(new Adam(0.5, 0.75, 1e-3), 0.05).withDecay(0.01).withClip(1e6), each(0.05, 0.05), each(0.01, 0.01));
  }

  @Test
  void groupsHaveRatesOfTheirOwn() {
    check(Adam.of(0.1).withDecay(0.2).withGroup("head.*", 0.01, 0), each(0.1, 0.01), each(0.2, 0));
    check(Adam.of(0.1).withGroup("*", 0.5, 0).withGroup("body.*", 0.2, 0.1), each(0.2, 0.5), each(0.1, 0));
  }

  @Test
  void rateZeroFreezes() {
    var adam = Adam.of(0.1).withGroup("*.w", 0, 0);
    check(adam, each(0, 0.1), each(0, 0));
    assertThat(recorded(adam).variables().keySet())
        .containsExactly("body.w", "head.b", "optimiser.m.head.b", "optimiser.step", "optimiser.v.head.b");
  }

  @Test
  void givesTheNormBeforeClipping() {
    try (var allocator = new RootAllocator();
        var variables = new Variables(allocator, 1);
        var program = new Oracle().compile(recorded(Adam.of(0.1).withClip(0.5)), variables)) {
      program.set("curve", CURVE);
      program.set("goal", GOAL);
      program.run();
      double squares = 0;
      for (int i = 0; i < 5; i++) {
        squares += Math.pow(2 * CURVE[i] * (START[i] - GOAL[i]), 2);
      }
      assertThat(program.get("norm")[0]).isCloseTo(Math.sqrt(squares), within(1e-12));
    }
  }

  @Test
  void gradientsOfZeroStayFinite() {
    var tape = new Tape(DType.F64);
    var p = tape.scope().parameter("p", Shape.of(2), Init.of(3, 4));
    Adam.of(0.1).withClip(1).minimise(p.times(0).sum());
    try (var allocator = new RootAllocator();
        var variables = new Variables(allocator, 1);
        var program = new Oracle().compile(tape, variables)) {
      program.run();
      assertThat(variables.get("p")).containsExactly(3, 4);
    }
  }

  @Test
  void errorsAreOneLine() {
    assertThatThrownBy(() -> recorded(Adam.of(0.1).withGroup("tail.*", 1, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimiser: a pattern that matches a parameter expected, 'tail.*' came; there are [body.w, head.b]");
    assertThatThrownBy(() -> Adam.of(-1)).hasMessage("optimiser.rate: 0 or more expected, -1.0 came");
    assertThatThrownBy(() -> Adam.of(Double.NaN)).hasMessage("optimiser.rate: 0 or more expected, NaN came");
    assertThatThrownBy(() -> Adam.of(1).withClip(0)).hasMessage("optimiser.clip: more than 0 expected, 0.0 came");
    assertThatThrownBy(() -> Adam.of(1).withGroup("*", Double.NaN, 0)).hasMessage("optimiser.'*'.rate: 0 or more expected, NaN came");
    assertThatThrownBy(() -> Adam.of(1).withGroup("*", 1, -1)).hasMessage("optimiser.'*'.decay: 0 or more expected, -1.0 came");
  }
}
