package dev.runnel.models.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.dense.DenseProblem.Begin;
import dev.runnel.models.dense.DenseProblem.Size;
import dev.runnel.models.dense.DenseProblem.Way;
import dev.runnel.models.gated.Gru;
import dev.runnel.models.gated.Lstm;
import dev.runnel.models.gated.Mgu;
import dev.runnel.models.gated.Rnn;
import dev.runnel.models.lrc.Lrc;
import dev.runnel.models.lrc.Lrc.Elastance;
import dev.runnel.models.lrc.Lrc.ElastanceInput;
import dev.runnel.models.lrc.Lrc.Form;
import dev.runnel.models.lrc.Lrc.Integration;
import dev.runnel.models.lrc.Lrc.Neuron;
import dev.runnel.models.lrc.Lrc.Reads;
import dev.runnel.models.lrc.Lrc.Step;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.DenseScan;
import dev.runnel.ssm.Scan;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dense cells against their equations written out in plain double, and against their diagonal relatives. */
class DenseFormulasTest {
  private static final int BATCH = 2;
  private static final int STEPS = 8;
  private static final int INPUTS = 3;
  private static final int D = 4;
  private static final double STEP = 1e-5;

  @ParameterizedTest
  @EnumSource
  void valuesAndGradientsAreTheEquations(DenseCells cells) {
    var cell = cells.of(D);
    var scan =
        DenseProblem.of(DType.F64, cell, new Size(BATCH, STEPS, INPUTS, Begin.ZERO, false), Way.SCAN).withGradients();
    var values = scan.values(1);
    Arrays.fill(values.get("glast0"), 0);
    values.computeIfPresent("glast1", (name, g) -> new double[g.length]);
    double[] expected = plain(cell, values);
    for (var on : List.of(On.ORACLE, On.SIMD)) {
      var got = on.run(scan.tape(), values);
      assertThat(Lab.distance(expected, got.get("out"))).as(cells + " " + on).isLessThan(1e-13);
      for (var name : scan.wrt().keySet()) {
        double[] slope = got.get("grad " + name);
        double[] direction = new SplittableRandom(name.hashCode()).doubles(slope.length, -1, 1).toArray();
        double along = 0;
        for (int i = 0; i < slope.length; i++) {
          along += slope[i] * direction[i];
        }
        double difference = loss(cell, values, name, direction, STEP) - loss(cell, values, name, direction, -STEP);
        assertThat(along)
            .as("%s %s: %s", cells, on, name)
            .isCloseTo(difference / (2 * STEP), within(1e-8 * (1 + Math.abs(along))));
      }
    }
  }

  private static double[] plain(DenseCell cell, Map<String, double[]> values) {
    double[] u = values.get("u");
    double[] out = new double[BATCH * STEPS * D];
    for (int b = 0; b < BATCH; b++) {
      double[] row = Arrays.copyOfRange(u, b * STEPS * INPUTS, (b + 1) * STEPS * INPUTS);
      System.arraycopy(new Plain(cell, INPUTS, D, values).run(row), 0, out, b * STEPS * D, STEPS * D);
    }
    return out;
  }

  private static double loss(
      DenseCell cell, Map<String, double[]> values, String name, double[] direction, double by) {
    var changed = new HashMap<>(values);
    double[] x = values.get(name).clone();
    for (int i = 0; i < x.length; i++) {
      x[i] += by * direction[i];
    }
    changed.put(name, x);
    double[] out = plain(cell, changed);
    double sum = 0;
    for (int i = 0; i < out.length; i++) {
      sum += out[i] * values.get("gout")[i];
    }
    return sum;
  }

  @Test
  void diagonalWeightsMakeTheDiagonalGru() {
    for (var reset : DenseGru.Reset.values()) {
      // z keeps in one and replaces in the other: sig(-x) = 1 - sig(x)
      gatedCousins(new DenseGru(D, reset), new Gru(D), List.of("r", "z", "c"), List.of(1, -1, 1));
    }
  }

  @Test
  void diagonalWeightsMakeTheDiagonalMguLstmAndRnn() {
    gatedCousins(new DenseMgu(D), new Mgu(D), List.of("f", "c"), List.of(1, 1));
    gatedCousins(new DenseLstm(D), new Lstm(D), List.of("i", "f", "g", "o"), List.of(1, 1, 1, 1));
    gatedCousins(new DenseRnn(D), new Rnn(D), List.of("c"), List.of(1));
  }

  private static void gatedCousins(DenseCell dense, Cell diagonal, List<String> gates, List<Integer> signs) {
    same(dense, diagonal, values -> {
      int count = gates.size();
      double[] ih = new double[count * D * INPUTS];
      double[] hh = new double[count * D * D];
      double[] bias = new double[count * D];
      for (int k = 0; k < count; k++) {
        for (int i = 0; i < D; i++) {
          for (int j = 0; j < INPUTS; j++) {
            ih[(k * D + i) * INPUTS + j] = signs.get(k) * values.get("cell.W_" + gates.get(k))[i * INPUTS + j];
          }
          hh[(k * D + i) * D + i] = signs.get(k) * values.get("cell.a_" + gates.get(k))[i];
          bias[k * D + i] = signs.get(k) * values.get("cell.b_" + gates.get(k))[i];
        }
      }
      return Map.of("cell.weight_ih", ih, "cell.weight_hh", hh, "cell.bias_ih", bias, "cell.bias_hh",
          new double[count * D]);
    });
  }

  /** Synapses of inputs alike for all states, of states only onto themselves. */
  @Test
  void diagonalWeightsMakeTheDiagonalLrc() {
    for (var neuron : Neuron.values()) {
      for (var elastance : neuron == Neuron.LRC ? Elastance.values() : new Elastance[] {Elastance.ASYMMETRIC}) {
        for (var integration : Integration.values()) {
          var reads = neuron == Neuron.LRC ? ElastanceInput.STATE_AND_INPUT : ElastanceInput.STATE;
          var diagonal =
              new Lrc.Options(Form.CODE, elastance, reads, Reads.A_STATE_B_STATE, integration, Step.FIXED, 0.6);
          same(
              new DenseLrc(D, new DenseLrc.Options(neuron, Form.CODE, elastance, integration, 0.6)),
              new Lrc(D, neuron, diagonal),
              DenseFormulasTest::ofLrc);
        }
      }
    }
  }

  private static Map<String, double[]> ofLrc(Map<String, double[]> values) {
    var dense = new HashMap<String, double[]>();
    for (var name : List.of("leak", "e", "bias", "elastance_shift")) {
      if (values.containsKey("cell." + name)) {
        dense.put("cell." + name, values.get("cell." + name));
      }
    }
    for (var name : List.of("input_g", "input_k", "input_a", "input_b")) {
      dense.put("cell." + name, new double[INPUTS * D]);
    }
    for (int j = 0; j < INPUTS; j++) {
      for (int i = 0; i < D; i++) {
        double slope = values.get("cell.input_slope")[j];
        dense.get("cell.input_g")[j * D + i] = values.get("cell.W")[i * INPUTS + j];
        dense.get("cell.input_k")[j * D + i] = values.get("cell.Q")[i * INPUTS + j];
        dense.get("cell.input_a")[j * D + i] = slope;
        dense.get("cell.input_b")[j * D + i] = -slope * values.get("cell.input_shift")[j];
      }
    }
    double[] slope = values.get("cell.slope");
    double[] shift = values.get("cell.shift");
    double[] b = new double[D];
    Arrays.setAll(b, i -> -slope[i] * shift[i]);
    dense.put("cell.a", diagonal(slope));
    dense.put("cell.b", diagonal(b));
    dense.put("cell.g", diagonal(values.get("cell.w")));
    dense.put("cell.k", diagonal(values.get("cell.q")));
    if (values.containsKey("cell.kernel")) {
      dense.put("cell.weight_hh", diagonal(values.get("cell.kernel")));
      dense.put("cell.weight_ih", values.get("cell.W_el"));
    }
    return dense;
  }

  private static double[] diagonal(double[] x) {
    double[] matrix = new double[x.length * x.length];
    for (int i = 0; i < x.length; i++) {
      matrix[i * x.length + i] = x[i];
    }
    return matrix;
  }

  private interface Weights {
    Map<String, double[]> dense(Map<String, double[]> diagonal);
  }

  private static void same(DenseCell dense, Cell diagonal, Weights weights) {
    var one = new Tape(DType.F64);
    var other = new Tape(DType.F64);
    var shape = Shape.of(BATCH, STEPS, INPUTS);
    one.output("out", Scan.of(diagonal).run(one.scope().scope("cell"), one.input("u", shape)).output().plus(0));
    other.output("out", DenseScan.of(dense).run(other.scope().scope("cell"), other.input("u", shape)).output().plus(0));
    var values = new HashMap<String, double[]>();
    var random = new SplittableRandom(2);
    values.put("u", random.doubles(shape.size(), -2, 2).toArray());
    one.variables().forEach((path, x) -> values.put(path, random.doubles(x.shape().size(), -0.5, 0.5).toArray()));
    var given = new HashMap<>(weights.dense(values));
    given.put("u", values.get("u"));
    assertThat(Lab.distance(On.SIMD.run(one, values).get("out"), On.SIMD.run(other, given).get("out")))
        .as("%s and %s", dense, diagonal)
        .isLessThan(1e-13);
  }

  @Test
  void refusals() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DenseLtc(3, 0, 1))
        .withMessage("dense ltc: 1 unfold or more and a dt of more than 0 expected, 0 and 1.0 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new DenseLrc.Options(Neuron.LRC, Form.CODE, Elastance.ASYMMETRIC, Integration.EXPLICIT, 0))
        .withMessage("dt: more than 0 expected, came 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DenseLrc.Options(Neuron.STC, Form.CODE, Elastance.SYMMETRIC, Integration.EXPLICIT, 1))
        .withMessage("stc: no choice of elastance expected, which it does not have; symmetric came");
  }
}
