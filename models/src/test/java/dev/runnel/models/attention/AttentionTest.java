package dev.runnel.models.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.attention.MultiHead.Positions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention in blocks is attention with all scores at once, in less memory. */
class AttentionTest {
  private static final int ROWS = 3;
  private static final int WIDTH = 4;

  /** All scores on the tape. */
  private static Tensor whole(Tensor q, Tensor k, Tensor v, Tensor seen, boolean causal) {
    int steps = q.shape().get(1);
    var square = Shape.of(ROWS, steps, steps);
    var may = seen.broadcastTo(square);
    if (causal) {
      may = may.times(q.tape().iota(square, 2).less(q.tape().iota(square, 1).plus(1)).toFloat());
    }
    var scores = q.matmulTransposed(k).times(1 / Math.sqrt(WIDTH));
    return may.greater(0).select(scores, -1e9).softmax(2).times(may).matmul(v);
  }

  @ParameterizedTest
  @CsvSource({"1, 3, false", "7, 3, false", "7, 3, true", "8, 4, true", "6, 64, false", "9, 1, true"})
  void blocksChangeNothing(int steps, int block, boolean causal) {
    var tape = new Tape(DType.F64);
    var shape = Shape.of(ROWS, steps, WIDTH);
    var operands = List.of(tape.input("q", shape), tape.input("k", shape), tape.input("v", shape));
    var seen = tape.input("seen", Shape.of(ROWS, 1, steps));
    var g = tape.input("g", shape);
    outputs(tape, "blocks ", new Attention(block, causal).apply(operands.get(0), operands.get(1), operands.get(2), seen), g, operands);
    outputs(tape, "whole ", whole(operands.get(0), operands.get(1), operands.get(2), seen, causal), g, operands);
    var random = new SplittableRandom(steps);
    var values = new HashMap<String, double[]>();
    tape.inputs().forEach((name, x) -> values.put(name, random.doubles(x.shape().size(), -2, 2).toArray()));
    double[] mask = new double[ROWS * steps];
    Arrays.fill(mask, 0, 2 * steps, 1);
    Arrays.fill(mask, steps + steps / 2 + 1, 2 * steps, 0);
    mask[2 * steps] = 1; // the last row has one step to read
    values.put("seen", mask);
    for (var on : List.of(On.ORACLE, On.PLAN, On.SIMD_2)) {
      var came = on.run(tape, values);
      var expected = new HashMap<String, double[]>();
      var actual = new HashMap<String, double[]>();
      came.forEach((name, v) -> (name.startsWith("whole") ? expected : actual).put(name.substring(name.indexOf(' ')), v));
      Lab.close("%d steps by %d, causal %s, %s".formatted(steps, block, causal, on), expected, actual, 1e-12, 1, 0);
    }
  }

  private static void outputs(Tape tape, String name, Tensor y, Tensor g, List<Tensor> operands) {
    tape.output(name + "y", y);
    var slopes = tape.gradients(y.times(g).sum(), operands);
    for (int i = 0; i < slopes.size(); i++) {
      tape.output(name + "slope" + i, slopes.get(i));
    }
  }

  @Test
  void aRowWithNothingToReadGivesZeros() {
    var tape = new Tape(DType.F64);
    var x = tape.input("x", Shape.of(2, 3, 2));
    tape.output("y", new Attention(2, false).apply(x, x, x, tape.input("seen", Shape.of(2, 1, 3))));
    double[] values = new SplittableRandom(1).doubles(12, -1, 1).toArray();
    for (var on : List.of(On.ORACLE, On.SIMD)) {
      double[] y = on.run(tape, Map.of("x", values, "seen", new double[] {0, 0, 0, 1, 0, 0})).get("y");
      assertThat(Arrays.copyOf(y, 6)).as("%s", on).containsOnly(0);
      assertThat(y[6]).as("%s", on).isEqualTo(values[6]);
      assertThat(y[8]).as("%s", on).isEqualTo(values[6]);
    }
  }

  /** Training needs memory in proportion to the length. */
  @Test
  void memoryGrowsWithTheLength() {
    long[] bytes = new long[3];
    for (int i = 0; i < bytes.length; i++) {
      int steps = 512 << i;
      var tape = new Tape(DType.F32);
      var x = tape.input("x", Shape.of(1, steps, 8));
      var y = new MultiHead(2, 16, false, Positions.ROTARY).apply(tape.scope(), x);
      tape.output("slope", tape.gradients(y.times(y).sum(), List.of(x)).getFirst());
      try (var variables = Lab.variables();
          var program = On.PLAN.engine().compile(tape, variables)) {
        bytes[i] = program.plannedBytes();
      }
    }
    System.out.println("attention, bytes planned at 512, 1024, 2048 steps: " + Arrays.toString(bytes));
    assertThat((double) bytes[2] / bytes[1]).isBetween(1.8, 2.2);
    assertThat(bytes[2]).isLessThan(2048L * 2048 * 4);
  }

  /** With pairs as complex numbers, {@code q k^* e^(i (t - s) rate)}: only the distance of two steps counts. */
  @Test
  void rotaryScoresDependOnDistances() {
    int steps = 5;
    int width = 4;
    var tape = new Tape(DType.F64);
    tape.output("y", new MultiHead(1, 3, false, Positions.ROTARY).apply(tape.scope(), tape.input("x", Shape.of(1, steps, width))));
    var random = new SplittableRandom(2);
    double[] x = random.doubles((long) steps * width, -1, 1).toArray();
    double[] in = random.doubles(3L * width * width, -1, 1).toArray();
    double[] identity = new double[width * width];
    for (int i = 0; i < width; i++) {
      identity[i * width + i] = 1;
    }
    double[][] q = projected(x, in, 0, steps, width);
    double[][] k = projected(x, in, width, steps, width);
    double[][] v = projected(x, in, 2 * width, steps, width);
    double[] expected = new double[steps * width];
    for (int t = 0; t < steps; t++) {
      double[] weights = new double[steps];
      for (int s = 0; s < steps; s++) {
        double score = 0;
        for (int j = 0; j < width / 2; j++) {
          double angle = (t - s) * Math.pow(10000, -2.0 * j / width);
          double re = q[t][j] * k[s][j] + q[t][j + 2] * k[s][j + 2];
          double im = q[t][j + 2] * k[s][j] - q[t][j] * k[s][j + 2];
          score += re * Math.cos(angle) - im * Math.sin(angle);
        }
        weights[s] = Math.exp(score / Math.sqrt(width));
      }
      double sum = Arrays.stream(weights).sum();
      for (int s = 0; s < steps; s++) {
        for (int e = 0; e < width; e++) {
          expected[t * width + e] += weights[s] / sum * v[s][e];
        }
      }
    }
    var values = Map.of("x", x, "in_proj.weight", in, "in_proj.bias", new double[3 * width], "out_proj.weight", identity,
        "out_proj.bias", new double[width]);
    Lab.close("rotary", Map.of("y", expected), On.ORACLE.run(tape, values), 1e-12, 0, 0);
  }

  private static double[][] projected(double[] x, double[] weight, int from, int steps, int width) {
    double[][] y = new double[steps][width];
    for (int t = 0; t < steps; t++) {
      for (int e = 0; e < width; e++) {
        for (int i = 0; i < width; i++) {
          y[t][e] += weight[(from + e) * width + i] * x[t * width + i];
        }
      }
    }
    return y;
  }

  @Test
  void whatDoesNotFitIsRefused() {
    var tape = new Tape(DType.F64);
    var x = tape.input("x", Shape.of(2, 5, 6));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MultiHead(4, 8, false, Positions.NONE).apply(tape.scope(), x))
        .withMessage("attention: heads that divide 6 expected, 4 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MultiHead(2, 8, false, Positions.ROTARY).apply(tape.scope(), x))
        .withMessage("attention: an even width of heads expected for rotary, 3 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Attention(8, false).apply(x, x, x, x))
        .withMessageStartingWith("attention: Q, K, V (R, T, E) and a mask (R, 1, T) expected, ");
  }
}
