package dev.runnel.models.s5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.models.Direction;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Sampling;
import dev.runnel.models.s4.Discretisation;
import dev.runnel.models.s4.Hippo;
import dev.runnel.ssm.Solver;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** S5 against its recurrence written with complex numbers, and what it begins with. */
class S5Test {
  private static final int P = 3;
  private static final int H = 2;
  private static final int T = 12;

  @ParameterizedTest
  @CsvSource({
    "ORACLE, F64, ZOH, EVEN, FORWARD, IMPLIED", "SIMD, F64, ZOH, INTERVALS, BIDIRECTIONAL, IMPLIED",
    "SIMD, F32, ZOH, INTERVALS, FORWARD, IMPLIED", "ORACLE, F64, BILINEAR, INTERVALS, BIDIRECTIONAL, IMPLIED",
    "SIMD, F64, BILINEAR, EVEN, FORWARD, IMPLIED", "ORACLE, F64, ZOH, EVEN, BIDIRECTIONAL, STORED",
    "SIMD, F64, BILINEAR, INTERVALS, FORWARD, STORED"
  })
  void isItsRecurrence(
      On on, DType type, Discretisation rule, Sampling sampling, Direction direction, Conjugates conjugates) {
    var tape = new Tape(type);
    boolean timed = sampling == Sampling.INTERVALS;
    var x = tape.input("x", Shape.of(1, T, timed ? H + 1 : H));
    boolean implied = conjugates == Conjugates.IMPLIED;
    var cell = new S5(2 * P, 1, conjugates, rule, sampling, 0.001, 0.1);
    tape.output("y", new S5Model.S5Layer(cell, direction, Solver.sequential()).apply(tape.scope(), x));
    var values = new HashMap<String, double[]>();
    var random = new SplittableRandom(5);
    tape.variables().forEach((name, t) ->
        values.put(name, random.doubles(t.shape().size(), -1, 1).map(v -> (float) v).toArray()));
    values.put("x", random.doubles(x.shape().size(), 0.1, 1).map(v -> (float) v).toArray());
    double[] re = {-0.5, -1.25, 0.25, -0.75, -1.5, 0.5}; // what is positive is clipped
    values.put("Lambda_re", Arrays.copyOf(re, implied ? P : 2 * P));
    double[] y = new double[T * H];
    add(y, values, rule, timed, "C", false, implied);
    if (direction == Direction.BIDIRECTIONAL) {
      add(y, values, rule, timed, "C_back", true, implied);
    }
    for (int t = 0; t < T; t++) {
      for (int h = 0; h < H; h++) {
        y[t * H + h] += values.get("D")[h] * values.get("x")[t * (timed ? H + 1 : H) + h];
      }
    }
    Lab.close(
        rule + " " + sampling + " on " + on, Map.of("y", y), on.run(tape, values), type == DType.F64 ? 1e-12 : 1e-5,
        0, 0);
  }

  private static void add(
      double[] y, Map<String, double[]> values, Discretisation rule, boolean timed, String name, boolean back,
      boolean implied) {
    int width = timed ? H + 1 : H;
    int states = implied ? P : 2 * P;
    for (int p = 0; p < states; p++) {
      double re = Math.min(values.get("Lambda_re")[p], -1e-4);
      double im = values.get("Lambda_im")[p];
      double[] x = {0, 0};
      for (int i = 0; i < T; i++) {
        int t = back ? T - 1 - i : i;
        double dt = Math.exp(values.get("log_step")[p]) * (timed ? values.get("x")[t * width + H] : 1);
        double[] z = {dt * re, dt * im};
        double[] lambda = {re, im};
        double[] decay;
        double[] gain;
        if (rule == Discretisation.ZOH) {
          decay = new double[] {Math.exp(z[0]) * Math.cos(z[1]), Math.exp(z[0]) * Math.sin(z[1])};
          gain = quotient(new double[] {decay[0] - 1, decay[1]}, lambda);
        } else {
          double[] below = {1 - z[0] / 2, -z[1] / 2};
          decay = quotient(new double[] {1 + z[0] / 2, z[1] / 2}, below);
          gain = quotient(new double[] {dt, 0}, below);
        }
        double[] bu = {0, 0};
        for (int h = 0; h < H; h++) {
          bu[0] += values.get("B")[(p * H + h) * 2] * values.get("x")[t * width + h];
          bu[1] += values.get("B")[(p * H + h) * 2 + 1] * values.get("x")[t * width + h];
        }
        double[] kept = product(decay, x);
        double[] driven = product(gain, bu);
        x = new double[] {kept[0] + driven[0], kept[1] + driven[1]};
        for (int h = 0; h < H; h++) {
          double[] c = {values.get(name)[(h * states + p) * 2], values.get(name)[(h * states + p) * 2 + 1]};
          y[t * H + h] += (implied ? 2 : 1) * product(c, x)[0];
        }
      }
    }
  }

  private static double[] product(double[] a, double[] b) {
    return new double[] {a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]};
  }

  private static double[] quotient(double[] a, double[] b) {
    double size = b[0] * b[0] + b[1] * b[1];
    double[] up = product(a, new double[] {b[0], -b[1]});
    return new double[] {up[0] / size, up[1] / size};
  }

  /** A unitary change of basis keeps sums of squares: rows of B have (1/n) H each, C has 1 in all. */
  @Test
  void beginsAsBlocksOfHippo() {
    int n = 32;
    int features = 200;
    var tape = new Tape(DType.F64);
    var cell = new S5(n, 4, Conjugates.IMPLIED, Discretisation.ZOH, Sampling.EVEN, 0.001, 0.1);
    new S5Model.S5Layer(cell, Direction.FORWARD, Solver.sequential())
        .apply(tape.scope(), tape.input("x", Shape.of(1, 1, features)));
    try (var allocator = new RootAllocator(); var variables = new Variables(allocator, 1)) {
      variables.declare(tape);
      double[] block = Hippo.legs(8).im();
      for (int k = 0; k < n / 2; k++) {
        assertThat(variables.get("Lambda_im")[k]).isEqualTo(block[k % 4]);
      }
      assertThat(squares(variables.get("B")) / features * 2).isCloseTo(1, within(0.05));
      assertThat(squares(variables.get("C"))).isCloseTo(1, within(0.05));
    }
  }

  /** B of a real matrix has conjugate rows, C of a complex one none; each column of B keeps its sum of squares. */
  @Test
  void storedConjugatesBeginAsTheWholeSpectrum() {
    int n = 32;
    int size = 8;
    int features = 200;
    var tape = new Tape(DType.F64);
    var cell = new S5(n, n / size, Conjugates.STORED, Discretisation.ZOH, Sampling.EVEN, 0.001, 0.1);
    new S5Model.S5Layer(cell, Direction.FORWARD, Solver.sequential())
        .apply(tape.scope(), tape.input("x", Shape.of(1, 1, features)));
    try (var allocator = new RootAllocator(); var variables = new Variables(allocator, 1)) {
      variables.declare(tape);
      double[] im = variables.get("Lambda_im");
      double[] b = variables.get("B");
      assertThat(im).hasSize(n);
      assertThat(Arrays.copyOf(im, size / 2)).isEqualTo(Hippo.legs(size).im());
      for (int k = 0; k < n; k++) {
        int other = k / size * size + size - 1 - k % size;
        assertThat(im[other]).isEqualTo(-im[k]);
        for (int h = 0; h < features; h++) {
          assertThat(b[2 * (other * features + h)]).isEqualTo(b[2 * (k * features + h)]);
          assertThat(b[2 * (other * features + h) + 1]).isEqualTo(-b[2 * (k * features + h) + 1]);
        }
      }
      assertThat(squares(b) / features).isCloseTo(1, within(0.05));
      assertThat(squares(variables.get("C"))).isCloseTo(2, within(0.1)); // real and imaginary part
    }
  }

  private static double squares(double[] x) {
    return Arrays.stream(x).map(v -> v * v).sum();
  }

  @Test
  void saysWhatBlocksThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new S5(12, 4, Conjugates.IMPLIED, Discretisation.ZOH, Sampling.EVEN, 0.001, 0.1))
        .withMessage("s5: states that make blocks of an even size expected, 12 states in 4 blocks came");
  }
}
