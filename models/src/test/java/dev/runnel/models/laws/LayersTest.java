package dev.runnel.models.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds of every part and every model, in use and in training. */
class LayersTest {
  private static final int B = 3;
  private static final int T = 7;
  private static final int[] LENGTHS = {7, 1, 4};
  private static final double STEP = 1e-5;

  private static Graph graph(DType type, Layers layer, boolean masked, Purpose purpose) {
    return Graph.of(type, layer.layer, Shape.of(B, T, Layers.INPUTS), masked, purpose);
  }

  private static Map<String, double[]> values(Graph graph, boolean masked, long seed) {
    var values = graph.values(seed);
    if (masked) {
      values.put("lengths", Arrays.stream(LENGTHS).asDoubleStream().toArray());
    }
    return values;
  }

  @ParameterizedTest
  @EnumSource
  void everyEngineGivesTheOraclesNumbers(Layers layer) {
    for (var purpose : List.of(Purpose.USE, Purpose.TRAINING)) {
      for (var type : List.of(DType.F64, DType.F32)) {
        var graph = graph(type, layer, purpose == Purpose.TRAINING, purpose);
        var values = values(graph, purpose == Purpose.TRAINING, 31);
        var expected = On.ORACLE.run(graph.tape(), values);
        for (var on : type == DType.F64 ? List.of(On.PLAN, On.SIMD_2) : List.of(On.SIMD, On.DEVICE)) {
          double share = type == DType.F64 ? 1e-11 : 2e-5;
          Lab.close(layer + " " + purpose + " " + type + " " + on, expected, on.run(graph.tape(), values), share, 1, 0);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void gradientsAreSlopes(Layers layer) {
    for (var purpose : List.of(Purpose.USE, Purpose.TRAINING)) {
      var graph = graph(DType.F64, layer, true, purpose);
      var values = values(graph, true, 32);
      var here = On.ORACLE.run(graph.tape(), values);
      var random = new SplittableRandom(33);
      for (var name : graph.wrt().keySet()) {
        double[] at = values.get(name);
        double[] direction = random.doubles(at.length, -1, 1).toArray();
        double expected = 0;
        for (int i = 0; i < at.length; i++) {
          expected += direction[i] * here.get("grad " + name)[i];
        }
        values.put(name, moved(at, direction, STEP));
        double up = On.ORACLE.run(graph.tape(), values).get("loss")[0];
        values.put(name, moved(at, direction, -STEP));
        double down = On.ORACLE.run(graph.tape(), values).get("loss")[0];
        values.put(name, at);
        assertThat((up - down) / (2 * STEP))
            .as("%s %s: grad %s", layer, purpose, name)
            .isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
      }
    }
  }

  private static double[] moved(double[] x, double[] direction, double by) {
    double[] y = x.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] += by * direction[i];
    }
    return y;
  }

  @ParameterizedTest
  @EnumSource
  void aStepReadsWhatItMay(Layers layer) {
    if (layer.reads == Layers.Reads.ALL) {
      return;
    }
    int nudged = 4;
    var graph = graph(DType.F64, layer, false, Purpose.USE);
    var values = values(graph, false, 34);
    for (var on : List.of(On.ORACLE, On.SIMD)) {
      var before = on.run(graph.tape(), values).get("out");
      values.get("x")[nudged * Layers.INPUTS] += 1; // row 0
      var after = on.run(graph.tape(), values).get("out");
      values.get("x")[nudged * Layers.INPUTS] -= 1;
      int width = before.length / B / T;
      boolean felt = false;
      for (int i = 0; i < before.length; i++) {
        int t = i / width % T;
        boolean may = i / width / T == 0 && (layer.reads == Layers.Reads.STEP ? t == nudged : t >= nudged);
        felt |= before[i] != after[i];
        double moved = Math.abs(before[i] - after[i]);
        double allowed = layer.reads == Layers.Reads.PAST_BUT_FOR_ROUNDING ? 1e-13 : 0;
        assertThat(may || moved <= allowed).as("%s %s: element %d", layer, on, i).isTrue();
      }
      assertThat(felt).as("%s %s: the nudge is felt", layer, on).isTrue();
    }
  }

  /** Outputs and gradients are those of rows by themselves, whatever lies past their ends. */
  @ParameterizedTest
  @EnumSource
  void aRowIsAloneWithWhatLiesBeforeItsEnd(Layers layer) {
    var together = graph(DType.F64, layer, true, Purpose.USE);
    var values = values(together, true, 35);
    boolean steps = together.out().shape().rank() == 3 && together.out().shape().get(1) == T;
    int width = (int) together.out().shape().size() / B / (steps ? T : 1);
    double[] x = values.get("x");
    var expected = new HashMap<String, double[]>();
    expected.put("grad x", new double[x.length]);
    var alone = new double[B][];
    for (int b = 0; b < B; b++) {
      int from = b * T * Layers.INPUTS;
      int end = from + LENGTHS[b] * Layers.INPUTS;
      var given = new HashMap<>(values);
      given.put("x", Arrays.copyOfRange(x, from, end));
      int g = b * width * (steps ? T : 1);
      given.put("g", Arrays.copyOfRange(values.get("g"), g, g + width * (steps ? LENGTHS[b] : 1)));
      given.remove("lengths");
      if (steps) { // what lies past the end is of no meaning
        Arrays.fill(values.get("g"), g + width * LENGTHS[b], g + width * T, 0);
      }
      var single = Graph.of(DType.F64, layer.layer, Shape.of(1, LENGTHS[b], Layers.INPUTS), false, Purpose.USE);
      var outputs = On.ORACLE.run(single.tape(), given);
      outputs.remove("loss");
      alone[b] = outputs.remove("out");
      System.arraycopy(outputs.remove("grad x"), 0, expected.get("grad x"), from, end - from);
      outputs.forEach((name, v) -> expected.merge(name, v, (p, q) -> moved(p, q, 1)));
    }
    // what lies past the end may be anything before a model, and finite before a part of one
    for (int b = 0; b < B; b++) {
      Arrays.fill(x, (b * T + LENGTHS[b]) * Layers.INPUTS, (b + 1) * T * Layers.INPUTS,
          layer.model == null ? 1e3 : Double.NaN);
    }
    for (var on : List.of(On.ORACLE, On.SIMD)) {
      var actual = new HashMap<>(on.run(together.tape(), values));
      double[] out = actual.remove("out");
      actual.remove("loss");
      for (int b = 0; b < B; b++) {
        int from = b * width * (steps ? T : 1);
        double[] row = Arrays.copyOfRange(out, from, from + alone[b].length);
        assertThat(Lab.distance(alone[b], row)).as("%s %s, row %d", layer, on, b).isLessThan(1e-11);
      }
      Lab.close(layer + " on " + on, expected, actual, 1e-11, 1, 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void groupsOfAModelMatchItsParameters(Layers layer) {
    if (layer.model == null) {
      return;
    }
    var paths = graph(DType.F32, layer, false, Purpose.TRAINING).tape().parameters().keySet();
    for (var group : layer.model.groups()) {
      assertThat(paths).as(group.pattern()).anyMatch(group::matches);
    }
  }
}
