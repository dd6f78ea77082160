package dev.runnel.models.s4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Vectors;
import dev.runnel.models.blocks.Dft;
import dev.runnel.models.blocks.LongConvolution;
import dev.runnel.ssm.DenseScan;
import dev.runnel.ssm.State;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** S4 against the published code's kernel and step, and its own recurrence; transforms against their definition. */
class S4Test {
  private static final int CHANNELS = 2;
  private static final int N = 8;

  /** The published kernel is in float, and so is the recurrence it was compared with: they differ by 1e-4 themselves. */
  @ParameterizedTest
  @CsvSource({"ORACLE, F64", "SIMD, F64", "SIMD, F32"})
  void theKernelAndTheStepAreThePublishedOnes(On on, DType type) {
    var golden = Vectors.read("s4_dplr_kernel.json");
    int length = golden.get("L").asInt();
    var values = parameters(golden);
    var tape = new Tape(type);
    var cell = new S4(CHANNELS, N);
    var u = tape.input("u", Shape.of(1, length, CHANNELS));
    tape.output("kernel", cell.kernel(tape.scope(), u, length));
    var run = DenseScan.of(cell).run(tape.scope(), u);
    tape.output("recurrence", run.output().transpose(0, 2, 1));
    var first = State.of(tape.input("x_re", Shape.of(1, CHANNELS, N / 2)), tape.input("x_im", Shape.of(1, CHANNELS, N / 2)));
    var nothing = u.slice(1, 0, 1).times(0);
    var stepped = DenseScan.of(cell).run(tape.scope(), nothing, null, first).last();
    tape.output("Ax_re", stepped.first());
    tape.output("Ax_im", stepped.second());
    var random = new SplittableRandom(3);
    values.put("u", impulse(length));
    values.put("x_re", random.doubles(CHANNELS * N / 2, -1, 1).toArray());
    values.put("x_im", random.doubles(CHANNELS * N / 2, -1, 1).toArray());
    var came = on.run(tape, values);
    var expected = new HashMap<String, double[]>();
    expected.put("kernel", Vectors.array(golden.get("K")));
    expected.put("recurrence", Vectors.array(golden.get("K_recurrent")));
    expected.putAll(product(golden.get("dA"), values.get("x_re"), values.get("x_im")));
    System.out.printf("S4, %s %s: off by %.1e of the largest value%n", on, type,
        Lab.close("s4 on " + on, expected, came, 1e-4, 0, 0));
  }

  private static Map<String, double[]> parameters(JsonNode golden) {
    var values = new HashMap<String, double[]>();
    values.put("log_dt", Vectors.array(golden.get("init_inv_dt")));
    values.put("log_A_real", Vectors.array(golden.get("init_A_real")));
    values.put("A_imag", Arrays.stream(Vectors.array(golden.get("init_A_imag"))).map(v -> -v).toArray());
    values.put("B", Vectors.array(golden.get("init_B")));
    values.put("P", Vectors.array(golden.get("init_P")));
    values.put("C", Vectors.array(golden.get("init_C")));
    values.put("D", new double[CHANNELS]);
    return values;
  }

  private static double[] impulse(int length) {
    double[] u = new double[length * CHANNELS];
    Arrays.fill(u, 0, CHANNELS, 1);
    return u;
  }

  /** {@code dA (x, conj x)}, its first half. */
  private static Map<String, double[]> product(JsonNode matrix, double[] re, double[] im) {
    double[] a = Vectors.array(matrix.get("re"));
    double[] b = Vectors.array(matrix.get("im"));
    double[] yRe = new double[CHANNELS * N / 2];
    double[] yIm = new double[CHANNELS * N / 2];
    for (int h = 0; h < CHANNELS; h++) {
      for (int i = 0; i < N / 2; i++) {
        for (int j = 0; j < N; j++) {
          int at = (h * N + i) * N + j;
          double xRe = re[h * N / 2 + j % (N / 2)];
          double xIm = j < N / 2 ? im[h * N / 2 + j] : -im[h * N / 2 + j - N / 2];
          yRe[h * N / 2 + i] += a[at] * xRe - b[at] * xIm;
          yIm[h * N / 2 + i] += a[at] * xIm + b[at] * xRe;
        }
      }
    }
    return Map.of("Ax_re", yRe, "Ax_im", yIm);
  }

  /** Odd and even lengths; at an even one w = -1 is among the roots. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 16, 17, 250})
  void theKernelIsTheRecurrencesImpulseResponse(int length) {
    for (var cell : new S4[] {new S4(3, 6), new S4(4, 4, 2, 0.01, 0.3)}) {
      for (var type : DType.values()) {
        if (!type.isFloat() || (type == DType.F32 && length < 16 && !Boolean.getBoolean("runnel.full"))) {
          continue; // a compilation each
        }
        var tape = new Tape(type);
        int channels = cell.modes().channels();
        var u = tape.input("u", Shape.of(2, length, channels));
        var convolved = LongConvolution.apply(u, cell.kernel(tape.scope(), u, length)).plus(cell.skip(tape.scope(), u));
        var stepped = DenseScan.of(cell).run(tape.scope(), u).output();
        double share = type == DType.F64 ? 1e-11 : 1e-5;
        for (var way : Map.of("convolved", convolved, "stepped", stepped).entrySet()) {
          tape.output(way.getKey(), way.getValue());
          var slopes = tape.gradients(way.getValue().times(way.getValue()).sum(), tape.parameters().values().stream().toList());
          var names = tape.parameters().keySet().stream().toList();
          for (int i = 0; i < names.size(); i++) {
            tape.output(way.getKey() + " " + names.get(i), slopes.get(i));
          }
        }
        var random = new SplittableRandom(length);
        var values = new HashMap<String, double[]>();
        values.put("u", random.doubles(2L * length * channels, -1, 1).toArray());
        tape.parameters().forEach((name, p) ->
            values.put(name, random.doubles(p.shape().size(), -1, 1).map(v -> (float) v).toArray()));
        values.computeIfPresent("log_dt", (name, v) -> Arrays.stream(v).map(x -> x - 3).toArray());
        values.computeIfPresent("A_imag", (name, v) -> Arrays.stream(v).map(x -> 6 * x).toArray());
        var came = (type == DType.F64 ? On.ORACLE : On.SIMD).run(tape, values);
        double worst = 0;
        for (var name : came.keySet()) {
          if (name.startsWith("stepped")) {
            double[] expected = came.get(name);
            double[] actual = came.get(name.replace("stepped", "convolved"));
            double largest = Math.max(Lab.largest(expected), 1e-3);
            double off = Lab.distance(expected, actual) / largest;
            worst = Math.max(worst, off);
            double allowed = share * (name.equals("stepped") ? 1 : 20); // a slope sums over rows and steps
            assertThat(off).as("%s, %s, %d steps", name, type, length).isLessThan(allowed);
          }
        }
        System.out.printf("S4 of %d steps in %s: kernel and recurrence differ by %.1e%n", length, type, worst);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 30, 64, 100, 37 * 3, 97, 2048})
  void transformsAreTheirDefinition(int n) {
    var tape = new Tape(DType.F64);
    var x = new Complex(tape.input("re", Shape.of(2, n)), tape.input("im", Shape.of(2, n)));
    var forth = Dft.of(x);
    var back = Dft.inverse(forth);
    tape.output("forth_re", forth.re());
    tape.output("forth_im", forth.im());
    tape.output("back_re", back.re());
    tape.output("back_im", back.im());
    var random = new SplittableRandom(n);
    double[] re = random.doubles(2L * n, -1, 1).toArray();
    double[] im = random.doubles(2L * n, -1, 1).toArray();
    double[] toRe = new double[2 * n];
    double[] toIm = new double[2 * n];
    for (int i = 0; i < 2 * n; i++) {
      for (int t = 0; t < n; t++) {
        double angle = -2 * Math.PI * ((long) (i % n) * t % n) / n;
        int at = i / n * n + t;
        toRe[i] += re[at] * Math.cos(angle) - im[at] * Math.sin(angle);
        toIm[i] += re[at] * Math.sin(angle) + im[at] * Math.cos(angle);
      }
    }
    Lab.close("dft of " + n, Map.of("forth_re", toRe, "forth_im", toIm, "back_re", re, "back_im", im),
        On.SIMD.run(tape, Map.of("re", re, "im", im)), 1e-13 * n, 0, 0);
  }

  @Test
  void aLongKernelInFloatKeepsItsDigits() {
    int n = 1 << 15;
    var tape = new Tape(DType.F32);
    var x = tape.input("x", Shape.of(1, n));
    UnaryOperator<Tensor> zero = t -> t.times(0);
    var back = Dft.inverse(Dft.of(new Complex(x, zero.apply(x))));
    tape.output("x", back.re());
    double[] values = new SplittableRandom(1).doubles(n, -1, 1).map(v -> (float) v).toArray();
    double off = Lab.close("there and back", Map.of("x", values), On.SIMD.run(tape, Map.of("x", values)), 2e-6, 0, 0);
    System.out.printf("a transform of %d in float and back: off by %.1e%n", n, off);
  }

  /** A prime number of steps: the transform is of the next power of two. */
  @Test
  void anyLengthHasItsKernel() {
    var tape = new Tape(DType.F32);
    var cell = new S4(2, 4);
    var u = tape.input("u", Shape.of(1, 5003, 2));
    tape.output("kernel", cell.kernel(tape.scope(), u, 5003));
    tape.output("stepped", DenseScan.of(cell).run(tape.scope(), u).output().transpose(0, 2, 1).reshape(2, 5003));
    var values = new HashMap<String, double[]>();
    var random = new SplittableRandom(6);
    tape.parameters().forEach((name, p) -> values.put(name, random.doubles(p.shape().size(), -1, 1).toArray()));
    values.put("log_dt", new double[] {-5, -3});
    values.put("D", new double[2]);
    double[] impulse = new double[2 * 5003];
    impulse[0] = 1;
    impulse[1] = 1;
    values.put("u", impulse);
    var came = On.SIMD.run(tape, values);
    assertThat(Lab.distance(came.get("stepped"), came.get("kernel")) / Lab.largest(came.get("stepped"))).isLessThan(1e-5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Dft.of(Dft.padded(tape.input("x", Shape.of(1, 1)), 5003)))
        .withMessage("transform: a length without prime factors over 4096 expected, 5003 is one; pad to another");
  }

  @Test
  void aKernelOfAnotherLengthIsRefused() {
    var tape = new Tape(DType.F64);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LongConvolution.apply(tape.input("u", Shape.of(1, 5, 2)), tape.input("k", Shape.of(2, 4))))
        .withMessage("convolution: a kernel (2, 5) expected, (2, 4) came");
  }
}
