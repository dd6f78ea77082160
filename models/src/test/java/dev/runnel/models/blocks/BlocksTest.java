package dev.runnel.models.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.autodiff.simd.Cold;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.Pooling;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each part against its formula in plain loops, on the oracle and on generated kernels. */
class BlocksTest {
  private static final int B = 3;
  private static final int T = 6;
  private static final int H = 4;
  private static final int[] LENGTHS = {6, 1, 4};

  /** What a layer gave, and its variables before and after. */
  private record Ran(double[] x, double[] out, Map<String, double[]> before, Map<String, double[]> after) {
    double x(int b, int t, int h) {
      return x[(b * T + t) * H + h];
    }

    double[] parameter(String name) {
      var values = before.get(name);
      assertThat(values).as("%s of %s", name, before.keySet()).isNotNull();
      return values;
    }
  }

  private interface Check {
    void of(Ran ran);
  }

  /** Runs a layer with random parameters on both engines, with lengths, in training or in use. */
  private static void run(Layer layer, boolean training, Check check) {
    for (var engine : List.of(new Oracle(), new PlannedEngine(Cold.backend(1)))) {
      var tape = new Tape(DType.F64);
      var x = tape.input("x", Shape.of(B, T, H));
      var lengths = tape.input("lengths", DType.I32, Shape.of(B));
      var scope = tape.scope().with(training ? Purpose.TRAINING : Purpose.USE);
      tape.output("out", layer.apply(scope, x, lengths));
      try (engine;
          var allocator = new RootAllocator();
          var variables = new Variables(allocator, 1);
          var program = engine.compile(tape, variables)) {
        var random = new SplittableRandom(5);
        double[] values = random.doubles(B * T * H, -2, 2).toArray();
        if (tape.inputs().containsKey("x")) {
          program.set("x", values);
        }
        program.set("lengths", Arrays.stream(LENGTHS).asDoubleStream().toArray());
        tape.parameters().forEach((path, p) ->
            variables.set(path, random.doubles(p.shape().size(), -1, 1).toArray()));
        var before = new LinkedHashMap<String, double[]>();
        variables.areas().keySet().forEach(path -> before.put(path, variables.get(path)));
        program.run();
        var after = new LinkedHashMap<String, double[]>();
        variables.areas().keySet().forEach(path -> after.put(path, variables.get(path)));
        check.of(new Ran(values, program.get("out"), before, after));
      }
    }
  }

  private interface At {
    double of(int b, int t, int o);
  }

  /** Asserts outputs {@code (B, T, width)} before rows' ends. */
  private static void same(Ran ran, int width, At expected) {
    assertThat(ran.out()).hasSize(B * T * width);
    for (int b = 0; b < B; b++) {
      for (int t = 0; t < LENGTHS[b]; t++) {
        for (int o = 0; o < width; o++) {
          assertThat(ran.out()[(b * T + t) * width + o])
              .as("%d, %d, %d", b, t, o)
              .isCloseTo(expected.of(b, t, o), within(1e-12));
        }
      }
    }
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void layerNorm() {
    run(new LayerNorm(), true, ran -> same(ran, H, (b, t, h) -> {
      double mean = 0;
      double variance = 0;
      for (int i = 0; i < H; i++) {
        mean += ran.x(b, t, i) / H;
      }
      for (int i = 0; i < H; i++) {
        variance += Math.pow(ran.x(b, t, i) - mean, 2) / H;
      }
      return (ran.x(b, t, h) - mean) / Math.sqrt(variance + 1e-5) * ran.parameter("weight")[h]
          + ran.parameter("bias")[h];
    }));
  }

  @Test
  void rmsNorm() {
    run(new RmsNorm(), true, ran -> same(ran, H, (b, t, h) -> {
      double squares = 0;
      for (int i = 0; i < H; i++) {
        squares += Math.pow(ran.x(b, t, i), 2);
      }
      return ran.x(b, t, h) / Math.sqrt(squares / H + 1e-5) * ran.parameter("weight")[h];
    }));
  }

  @Test
  void batchNormLearnsWhatItUses() {
    double[] mean = new double[H];
    double[] variance = new double[H];
    int count = Arrays.stream(LENGTHS).sum();
    run(new BatchNorm(), true, ran -> {
      for (int h = 0; h < H; h++) {
        mean[h] = 0;
        variance[h] = 0;
        for (int b = 0; b < B; b++) {
          for (int t = 0; t < LENGTHS[b]; t++) {
            mean[h] += ran.x(b, t, h) / count;
          }
        }
        for (int b = 0; b < B; b++) {
          for (int t = 0; t < LENGTHS[b]; t++) {
            variance[h] += Math.pow(ran.x(b, t, h) - mean[h], 2) / count;
          }
        }
        assertThat(ran.before().get("running_mean")[h]).isZero();
        assertThat(ran.before().get("running_var")[h]).isOne();
        assertThat(ran.after().get("running_mean")[h]).isCloseTo(0.1 * mean[h], within(1e-12));
        assertThat(ran.after().get("running_var")[h])
            .isCloseTo(0.9 + 0.1 * variance[h] * count / (count - 1), within(1e-12));
      }
      same(ran, H, (b, t, h) ->
          (ran.x(b, t, h) - mean[h]) / Math.sqrt(variance[h] + 1e-5) * ran.parameter("weight")[h]
              + ran.parameter("bias")[h]);
    });
    run(new BatchNorm(), false, ran -> {
      assertThat(ran.after()).containsOnlyKeys("weight", "bias", "running_mean", "running_var");
      assertThat(ran.after().get("running_mean")).containsOnly(0);
      same(ran, H, (b, t, h) ->
          ran.x(b, t, h) / Math.sqrt(1 + 1e-5) * ran.parameter("weight")[h] + ran.parameter("bias")[h]);
    });
  }

  @ParameterizedTest
  @EnumSource
  void gates(Glu.Form form) {
    run(new Glu(form, Activation.GELU_TANH, Dropout.of(0)), true, ran -> same(ran, H, (b, t, h) -> {
      double[] g = new double[H];
      for (int i = 0; i < H; i++) {
        double y = ran.x(b, t, i);
        g[i] = 0.5 * y * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (y + 0.044715 * y * y * y)));
      }
      return switch (form) {
        case NONE -> g[h];
        case FULL -> affine(ran, g, h) * sigmoid(affine(ran, g, H + h));
        case HALF -> g[h] * sigmoid(affine(ran, g, h));
        case RAW -> ran.x(b, t, h) * sigmoid(affine(ran, g, h));
      };
    }));
  }

  private static double affine(Ran ran, double[] g, int row) {
    double sum = ran.parameter("linear.bias")[row];
    for (int i = 0; i < H; i++) {
      sum += ran.parameter("linear.weight")[row * H + i] * g[i];
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource
  void convolutionsOfAnyWidth(Convolution.Reach reach) {
    for (int width : new int[] {1, 2, 3, 4, 9}) {
      int before = reach == Convolution.Reach.CAUSAL ? width - 1 : (width - 1) / 2;
      run(new Convolution(2, width, reach), true, ran -> same(ran, 2, (b, t, o) -> {
        double sum = ran.parameter("bias")[o];
        for (int i = 0; i < H; i++) {
          for (int k = 0; k < width; k++) {
            int from = t - before + k;
            boolean there = from >= 0 && from < LENGTHS[b];
            sum += there ? ran.parameter("weight")[(o * H + i) * width + k] * ran.x(b, from, i) : 0;
          }
        }
        return sum;
      }));
    }
  }

  @Test
  void shortConvolutionKeepsFeaturesApart() {
    for (int width : new int[] {1, 4, 8}) {
      run(new ShortConvolution(width), true, ran -> same(ran, H, (b, t, h) -> {
        double sum = ran.parameter("bias")[h];
        for (int k = 0; k < width; k++) {
          int from = t - width + 1 + k;
          sum += from >= 0 ? ran.parameter("weight")[h * width + k] * ran.x(b, from, h) : 0;
        }
        return sum;
      }));
    }
  }

  @Test
  void embeddingLooksTokensUp() {
    run((p, x, lengths) -> new Embedding(3, 2, 1).apply(p, x.slice(2, 0, 1).times(3), lengths), true, ran ->
        same(ran, 2, (b, t, o) -> {
          int token = (int) Math.min(2, Math.max(0, 3 * ran.x(b, t, 0)));
          return ran.parameter("weight")[token * 2 + o];
        }));
  }

  @Test
  void reversalStaysWithinTheRow() {
    run((p, x, lengths) -> Bidirectional.reversed(x, lengths), true, ran -> {
      for (int b = 0; b < B; b++) {
        for (int t = 0; t < T; t++) {
          int from = t < LENGTHS[b] ? LENGTHS[b] - 1 - t : t;
          assertThat(ran.out()[(b * T + t) * H + 1]).isEqualTo(ran.x(b, from, 1));
        }
      }
    });
    run((p, x, lengths) -> Bidirectional.reversed(x, null), true, ran ->
        assertThat(ran.out()[(T + 2) * H + 3]).isEqualTo(ran.x(1, T - 3, 3)));
  }

  @Test
  void poolingIsOverARowsOwnSteps() {
    run((p, x, lengths) -> Pooling.LAST.apply(p, x, lengths), true, ran -> {
      for (int b = 0; b < B; b++) {
        assertThat(ran.out()[b * H + 2]).isEqualTo(ran.x(b, LENGTHS[b] - 1, 2));
      }
    });
    run((p, x, lengths) -> Pooling.LAST.apply(p, x, null), true, ran ->
        assertThat(ran.out()[H + 2]).isEqualTo(ran.x(1, T - 1, 2)));
    run((p, x, lengths) -> Pooling.MEAN.apply(p, x, lengths), true, ran -> {
      double mean = 0;
      for (int t = 0; t < 4; t++) {
        mean += ran.x(2, t, 0) / 4;
      }
      assertThat(ran.out()[2 * H]).isCloseTo(mean, within(1e-14));
    });
  }

  @Test
  void headsGiveWhatIsWanted() {
    run(new Head.Steps(Linear.uniform(2), 2, Activation.TANH), true, ran -> {
      assertThat(ran.out()).hasSize(B * T / 2 * 2);
      double sum = ran.parameter("bias")[1];
      for (int h = 0; h < H; h++) {
        sum += ran.parameter("weight")[H + h] * ran.x(2, 3, h);
      }
      assertThat(ran.out()[(2 * T / 2 + 1) * 2 + 1]).isCloseTo(Math.tanh(sum), within(1e-14));
    });
    run(new Head.Forecast(3, 2), true, ran -> {
      assertThat(ran.out()).hasSize(B * 3 * 2);
      double sum = ran.parameter("bias")[5];
      for (int h = 0; h < H; h++) {
        sum += ran.parameter("weight")[5 * H + h] * ran.x(2, LENGTHS[2] - 1, h);
      }
      assertThat(ran.out()[2 * 6 + 5]).isCloseTo(sum, within(1e-14));
    });
  }

  @ParameterizedTest
  @EnumSource
  void dropoutKeepsTheMeanAndForgetsNothingInUse(Dropout.Over over) {
    var dropout = new Dropout(0.25, over);
    run(dropout, false, ran -> {
      assertThat(ran.out()).isEqualTo(ran.x());
      assertThat(ran.after()).isEmpty();
    });
    run(dropout, true, ran -> {
      for (int i = 0; i < ran.out().length; i++) {
        assertThat(ran.out()[i]).isIn(0.0, ran.x()[i] * (1 / 0.75));
        int sameRow = i % H + i / (H * T) * H * T;
        assertThat(over == Dropout.Over.EACH || (ran.out()[i] == 0) == (ran.out()[sameRow] == 0)).isTrue();
      }
      assertThat((int) ran.after().get("seed")[0]).isEqualTo((int) ran.before().get("seed")[0] + 1);
    });
  }

  /** 4000 numbers, three steps: what is kept differs from step to step and from place to place. */
  @Test
  void dropoutDropsItsShareAndOthersEachStep() {
    var tape = new Tape(DType.F32);
    var ones = tape.constant(DType.F32, 1, Shape.of(2, 20, 100));
    var scope = tape.scope().with(Purpose.TRAINING);
    tape.output("a", Dropout.of(0.25).apply(scope.scope("a"), ones));
    tape.output("b", Dropout.of(0.25).apply(scope.scope("b"), ones));
    try (var engine = new PlannedEngine(Cold.backend(1));
        var allocator = new RootAllocator();
        var variables = new Variables(allocator, 1);
        var program = engine.compile(tape, variables)) {
      program.run();
      double[] first = program.get("a");
      assertThat(Arrays.stream(first).sum() / first.length).isCloseTo(1, within(0.04));
      assertThat(alike(first, program.get("b"))).isCloseTo(0.625, within(0.05));
      program.run();
      assertThat(alike(first, program.get("a"))).isCloseTo(0.625, within(0.05));
      variables.set("a.seed", variables.get("a.seed")[0] - 2);
      program.run();
      assertThat(program.get("a")).as("the seed is all that it depends on").isEqualTo(first);
    }
  }

  private static double alike(double[] a, double[] b) {
    int same = 0;
    for (int i = 0; i < a.length; i++) {
      same += a[i] == b[i] ? 1 : 0;
    }
    return (double) same / a.length;
  }

  @Test
  void errorsAreOneLine() {
    assertThatIllegalArgumentException().isThrownBy(() -> Dropout.of(1))
        .withMessage("dropout: a rate in [0, 1) expected, 1.0 came");
    assertThatIllegalArgumentException().isThrownBy(() -> new BatchNorm(LayerNorm.Affine.NONE, 0, 1e-5))
        .withMessage("batch norm: a momentum in (0, 1] expected, 0.0 came");
    assertThatIllegalArgumentException().isThrownBy(() -> new Convolution(1, 0, Convolution.Reach.CAUSAL))
        .withMessage("convolution: a feature and a step or more expected, 1 and 0 came");
    assertThatIllegalArgumentException().isThrownBy(() -> new ShortConvolution(0))
        .withMessage("convolution: a width of 1 or more expected, 0 came");
    assertThatIllegalArgumentException().isThrownBy(() -> new Head.Steps(Linear.uniform(1), 0, Activation.TANH))
        .withMessage("head: every 1 or more steps expected, 0 came");
    var tape = new Tape(DType.F32);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Embedding(2, 2, 1).apply(tape.scope(), tape.input("x", Shape.of(1, 2, 3))))
        .withMessage("embedding: tokens (B, T, 1) expected, (1, 2, 3) came");
  }
}
