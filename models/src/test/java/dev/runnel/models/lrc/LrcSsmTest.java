package dev.runnel.models.lrc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What LrcSSM is made of, and that rows of unequal length do not touch each other. */
class LrcSsmTest {

  @Test
  void hasTheParametersOfItsPaperAtTheSizeForScp1() {
    var tape = new Tape(DType.F32);
    new LrcSsm(new Size(6, 2, 64, 16, 2)).logits(tape.scope(), tape.input("x", Shape.of(4, 896, 6)), null);
    // 2 D P + 2 P + 8 D a cell: the authors allocate D more, elastance_shift, which their asymmetric form never reads
    int cell = 2 * 16 * 64 + 2 * 64 + 8 * 16;
    int encoder = (6 * 64 + 64) + (64 * 64 + 64);
    int mlp = (16 * 64 + 64) + (64 * 64 + 64);
    int head = (64 * 64 + 64) + (64 * 2 + 2);
    assertThat(tape.parameters().values().stream().mapToLong(p -> p.shape().size()).sum())
        .isEqualTo(encoder + 2 * (cell + mlp) + head)
        .isEqualTo(24_002);
  }

  @Test
  void callsItsParametersAsTheReferenceDoes() {
    for (var golden : Vectors.read("lrcssm_classifier.json").get("cases")) {
      int hidden = golden.get("hidden").asInt();
      var size = new Size(
          golden.get("channels").asInt(), golden.get("classes").asInt(), hidden, golden.get("state").asInt(), 2);
      var tape = new Tape(DType.F32);
      new LrcSsm(size).logits(tape.scope(), tape.input("x", Shape.of(2, 7, size.channels())), null);
      var weights = golden.get("weights");
      assertThat(tape.parameters().keySet()).isEqualTo(Vectors.arrays(weights).keySet());
      tape.parameters().forEach((path, p) ->
          assertThat(p.shape()).as(path).isEqualTo(Shape.of(Vectors.shape(weights.get(path)))));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aRowIsAloneWithWhatLiesBeforeItsEnd(int state) {
    Model model = new LrcSsm(new Size(3, 2, 5, state, 2));
    int[] lengths = {7, 1, 4};
    var together = tape(model, 3, 7, true);
    var values = values(together, 5);
    values.put("lengths", Arrays.stream(lengths).asDoubleStream().toArray());
    double[] x = values.get("x");
    for (int b = 0; b < 3; b++) {
      Arrays.fill(x, (b * 7 + lengths[b]) * 3, (b + 1) * 7 * 3, Double.NaN);
    }
    var sums = new HashMap<String, double[]>();
    var expected = new HashMap<String, double[]>();
    expected.put("logits", new double[6]);
    expected.put("grad x", new double[3 * 7 * 3]);
    for (int b = 0; b < 3; b++) {
      var alone = new HashMap<>(values);
      alone.put("x", Arrays.copyOfRange(x, b * 21, b * 21 + 3 * lengths[b]));
      alone.put("g", Arrays.copyOfRange(values.get("g"), b * 2, b * 2 + 2));
      alone.remove("lengths");
      var outputs = On.ORACLE.run(tape(model, 1, lengths[b], false), alone);
      System.arraycopy(outputs.remove("logits"), 0, expected.get("logits"), 2 * b, 2);
      System.arraycopy(outputs.remove("grad x"), 0, expected.get("grad x"), 21 * b, 3 * lengths[b]);
      outputs.forEach((name, v) -> sums.merge(name, v, LrcSsmTest::plus));
    }
    expected.putAll(sums);
    for (var on : On.values()) {
      Lab.close("state " + state + " on " + on, expected, on.run(together, values), 1e-11, 1, 0);
    }
  }

  private static double[] plus(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < a.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  private static Tape tape(Model model, int batch, int steps, boolean masked) {
    var tape = new Tape(DType.F64);
    var x = tape.input("x", Shape.of(batch, steps, 3));
    Tensor lengths = masked ? tape.input("lengths", DType.I32, Shape.of(batch)) : null;
    var logits = model.logits(tape.scope(), x, lengths);
    tape.output("logits", logits);
    var wrt = new HashMap<>(tape.parameters());
    wrt.put("x", x);
    var loss = logits.times(tape.input("g", logits.shape())).sum();
    wrt.forEach((name, t) -> tape.output("grad " + name, tape.gradients(loss, java.util.List.of(t)).getFirst()));
    return tape;
  }

  private static Map<String, double[]> values(Tape tape, long seed) {
    var random = new SplittableRandom(seed);
    var values = new HashMap<String, double[]>();
    tape.variables().forEach((path, t) -> values.put(path, normal(random, t, 0.6)));
    tape.inputs().forEach((name, t) -> values.put(name, normal(random, t, 1)));
    return values;
  }

  private static double[] normal(SplittableRandom random, Tensor t, double deviation) {
    return random.doubles(t.shape().size(), -1.7, 1.7).map(v -> v * deviation).toArray();
  }
}
