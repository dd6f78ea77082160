package dev.runnel.models.s4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.models.Complex;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Vectors;
import dev.runnel.ssm.Scan;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** S4D's kernels, spectra and discretisations against values computed elsewhere in float, and against formulas. */
class S4dTest {
  private static final double IN_FLOAT = 1e-5;

  @ParameterizedTest
  @CsvSource({
    "ORACLE, F64, ZOH", "SIMD, F64, ZOH", "SIMD, F32, ZOH",
    "ORACLE, F64, BILINEAR", "SIMD, F64, BILINEAR", "SIMD, F32, BILINEAR"
  })
  void kernelAndOutput(On on, DType type, Discretisation rule) {
    var golden = Vectors.read("s4d_kernel.json");
    int channels = Vectors.array(golden.get("dt")).length;
    int steps = golden.get("L").asInt();
    int[] shape = Vectors.shape(golden.get("A"));
    var cell = new S4d(channels, 2 * shape[1], shape[0], Spectrum.LIN, rule, 0.001, 0.1);
    var values = new HashMap<String, double[]>();
    values.put("log_dt", logs(Vectors.array(golden.get("dt"))));
    values.put("log_A_real", logs(negated(Vectors.array(golden.get("A").get("re")))));
    values.put("A_imag", Vectors.array(golden.get("A").get("im")));
    values.put("B", parts(golden.get("B")));
    values.put("C", parts(golden.get("C")));
    values.put("D", new double[channels]);
    var name = rule.name().toLowerCase(Locale.ROOT);
    double[] impulse = new double[channels * steps];
    java.util.Arrays.fill(impulse, 0, channels, 1);
    run(on, type, cell, steps, values, impulse, Vectors.array(golden.get("K_" + name)));
    double[] u = transposed(Vectors.array(golden.get("u")), channels, steps);
    run(on, type, cell, steps, values, u, Vectors.array(golden.get("y_" + name)));
  }

  private static void run(
      On on, DType type, S4d cell, int steps, Map<String, double[]> given, double[] u, double[] expected) {
    var tape = new Tape(type);
    var input = tape.input("u", Shape.of(1, steps, cell.channels()));
    tape.output("y", Scan.of(cell).run(tape.scope(), input).output());
    var values = new HashMap<>(given);
    values.put("u", u);
    Lab.close(
        cell.rule() + " on " + on, Map.of("y", transposed(expected, cell.channels(), steps)), on.run(tape, values),
        IN_FLOAT, 0, 0);
  }

  /** The vectors hold (.., H, L), sequences are (B, T, H). */
  private static double[] transposed(double[] x, int channels, int steps) {
    double[] y = new double[x.length];
    for (int h = 0; h < channels; h++) {
      for (int t = 0; t < steps; t++) {
        y[t * channels + h] = x[h * steps + t];
      }
    }
    return y;
  }

  private static double[] parts(JsonNode complex) {
    double[] re = Vectors.array(complex.get("re"));
    double[] im = Vectors.array(complex.get("im"));
    double[] both = new double[2 * re.length];
    for (int i = 0; i < re.length; i++) {
      both[2 * i] = re[i];
      both[2 * i + 1] = im[i];
    }
    return both;
  }

  private static double[] logs(double[] x) {
    return java.util.Arrays.stream(x).map(Math::log).toArray();
  }

  private static double[] negated(double[] x) {
    return java.util.Arrays.stream(x).map(v -> -v).toArray();
  }

  @ParameterizedTest
  @CsvSource({"LIN", "INV", "LEGS"})
  void spectraBeginAsPublished(Spectrum spectrum) {
    var golden = Vectors.read("s4d_init_" + spectrum.name().toLowerCase(Locale.ROOT) + "_N8.json");
    close(spectrum.re(8), Vectors.array(golden.get("A").get("re")));
    close(spectrum.im(8), Vectors.array(golden.get("A").get("im")));
    double[] expected = parts(golden.get("B"));
    double[] b = spectrum.input(8);
    for (int k = 0; k < 4; k++) { // eigenvectors are known up to their phase; with real first components, up to a sign
      double sign = Math.signum(expected[2 * k] * b[2 * k]);
      assertThat(sign * b[2 * k]).isCloseTo(expected[2 * k], within(2e-5));
      assertThat(sign * b[2 * k + 1]).isCloseTo(expected[2 * k + 1], within(2e-5));
    }
  }

  private static void close(double[] actual, double[] expected) {
    assertThat(Lab.distance(expected, actual)).isLessThan(IN_FLOAT * Math.max(1, Lab.largest(expected)));
  }

  @Test
  void theRealSpectrumIsTheNegativeNaturals() {
    assertThat(Spectrum.REAL.re(6)).containsExactly(-1, -2, -3);
    assertThat(Spectrum.REAL.im(6)).containsOnly(0);
    assertThat(Spectrum.REAL.input(6)).containsExactly(1, 0, 1, 0, 1, 0);
  }

  /** {@code (A + P P^T) v = (-1/2 + i w) v} for what HiPPO-LegS is by definition, and the eigenvectors are a basis. */
  @Test
  void hippoIsDiagonalInItsEigenbasis() {
    int n = 64;
    var hippo = Hippo.legs(n);
    for (int k = 0; k < n / 2; k++) {
      double[] re = hippo.vectorsRe()[k];
      double[] im = hippo.vectorsIm()[k];
      double error = 0;
      double size = 0;
      for (int i = 0; i < n; i++) {
        double a = 0;
        double b = 0;
        for (int j = 0; j < n; j++) {
          double root = Math.sqrt((2.0 * i + 1) * (2.0 * j + 1));
          double entry = (i > j ? -root : i == j ? -(i + 1) : 0) + Math.sqrt((i + 0.5) * (j + 0.5));
          a += entry * re[j];
          b += entry * im[j];
        }
        error = Math.max(error, Math.abs(a - (-0.5 * re[i] - hippo.im()[k] * im[i])));
        error = Math.max(error, Math.abs(b - (-0.5 * im[i] + hippo.im()[k] * re[i])));
        size += re[i] * re[i] + im[i] * im[i];
      }
      assertThat(error).as("eigenvalue %d", k).isLessThan(1e-9 * n);
      assertThat(size).isCloseTo(1, within(1e-12));
      assertThat(hippo.im()[k]).isNegative();
    }
  }

  /** In double, against sums that lose nothing: the series everywhere below 2. */
  @ParameterizedTest
  @CsvSource({"F64, 1e-14", "F32, 5e-7"})
  void zeroOrderHoldLosesNoDigitsOfSmallSteps(DType type, double bound) {
    double[] sizes = {0, 1e-30, 1e-8, 1e-3, 0.05, 0.0999999, 0.1000001, 0.3, 1.5};
    int angles = 16;
    double[] re = new double[sizes.length * angles];
    double[] im = new double[re.length];
    for (int i = 0; i < re.length; i++) {
      double angle = 2 * Math.PI * (i % angles) / angles;
      re[i] = (float) (sizes[i / angles] * Math.cos(angle));
      im[i] = (float) (sizes[i / angles] * Math.sin(angle));
    }
    var tape = new Tape(type);
    var z = new Complex(tape.input("re", Shape.of(re.length)), tape.input("im", Shape.of(re.length)));
    var phi = z.relativeExpm1();
    tape.output("phi_re", phi.re());
    tape.output("phi_im", phi.im());
    var slopes = tape.gradients(phi.re().sum(), List.of(z.re(), z.im()));
    tape.output("slope_re", slopes.get(0));
    tape.output("slope_im", slopes.get(1));
    var expected = new HashMap<String, double[]>();
    for (var name : List.of("phi_re", "phi_im", "slope_re", "slope_im")) {
      expected.put(name, new double[re.length]);
    }
    for (int i = 0; i < re.length; i++) {
      double[] value = series(re[i], im[i], 0);
      double[] slope = series(re[i], im[i], 1);
      expected.get("phi_re")[i] = value[0];
      expected.get("phi_im")[i] = value[1];
      expected.get("slope_re")[i] = slope[0]; // d Re phi / d Re z = Re phi', d Re phi / d Im z = -Im phi'
      expected.get("slope_im")[i] = -slope[1];
    }
    double slack = 20; // a slope loses as many digits as 1 / 0.1
    for (var on : List.of(On.ORACLE, On.SIMD)) {
      if (on == On.SIMD || type == DType.F64) {
        var actual = on.run(tape, Map.of("re", re, "im", im));
        for (var name : expected.keySet()) {
          double share = name.startsWith("phi") ? bound : slack * bound;
          assertThat(Lab.distance(expected.get(name), actual.get(name))).as("%s on %s", name, on).isLessThan(share);
        }
      }
    }
  }

  /** {@code sum z^k / (k+1)!}, or its derivative. */
  private static double[] series(double x, double y, int derivative) {
    double re = 0;
    double im = 0;
    double powerRe = 1;
    double powerIm = 0;
    double factorial = 1;
    for (int k = 0; k < 40; k++) {
      factorial *= k + 1; // (k+1)!
      if (derivative == 0) {
        re += powerRe / factorial;
        im += powerIm / factorial;
      } else {
        re += (k + 1) * powerRe / (factorial * (k + 2));
        im += (k + 1) * powerIm / (factorial * (k + 2));
      }
      double next = powerRe * x - powerIm * y;
      powerIm = powerRe * y + powerIm * x;
      powerRe = next;
    }
    return new double[] {re, im};
  }

  @Test
  void channelsTakeSpectraInTurn() {
    var tape = new Tape(DType.F64);
    var cell = new S4d(4, 4, 2, Spectrum.LIN, Discretisation.ZOH, 0.1, 0.1);
    var run = Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(1, 1, 4)), null, null);
    tape.output("J", run.jacobian().get(0, 0));
    var values = new HashMap<String, double[]>();
    values.put("u", new double[4]);
    values.put("log_dt", new double[4]);
    values.put("log_A_real", new double[] {0, 1, -1, 0.5});
    values.put("A_imag", new double[4]);
    for (var name : List.of("B", "C", "D")) {
      values.put(name, new double[name.equals("B") ? 8 : name.equals("C") ? 16 : 4]);
    }
    double[] jacobian = On.ORACLE.run(tape, values).get("J");
    assertThat(jacobian[0]).isCloseTo(Math.exp(-1), within(1e-15));
    assertThat(jacobian[2]).isCloseTo(Math.exp(-Math.exp(-1)), within(1e-15));
    assertThat(java.util.Arrays.copyOfRange(jacobian, 4, 8)).isEqualTo(java.util.Arrays.copyOf(jacobian, 4));
  }

  @Test
  void saysWhatSizesThereAre() {
    assertThatIllegalArgumentException().isThrownBy(() -> new S4d(4, 7))
        .withMessage("s4: an even number of states a channel expected, 7 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new S4d(4, 8, 3, Spectrum.LIN, Discretisation.ZOH, 0.1, 0.1))
        .withMessage("s4: spectra that divide the 4 channels expected, 3 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new S4d(4, 8, 4, Spectrum.LIN, Discretisation.ZOH, 0.2, 0.1))
        .withMessage("s4: 0 < dtMin <= dtMax expected, 0.2 and 0.1 came");
  }
}
