package dev.runnel.models.mamba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.Vectors;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The selective scan against what the published kernel's reference gave in single precision, gradients too. */
class MambaGoldenTest {

  /** The cell with given step sizes, B and C, which the scan otherwise computes. */
  private record Given(S6 cell, Tensor step, Tensor b, Tensor c) implements Cell {
    @Override
    public StateShape state() {
      return cell.state();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return S6.drives(u, step, b, c);
    }

    @Override
    public State step(Scope p, State h, Drives u) {
      return cell.step(p, h, u);
    }

    @Override
    public Tensor readout(Scope p, State h, Drives u) {
      return cell.readout(p, h, u);
    }
  }

  @ParameterizedTest
  @CsvSource({"ORACLE, F64", "PLAN, F64", "SIMD, F64", "PLAN, F32", "SIMD, F32", "SIMD_2, F32"})
  void theSelectiveScan(On on, DType type) {
    var golden = Vectors.read("mamba_selective_scan.json");
    int[] bdt = Vectors.shape(golden.get("u"));
    int n = Vectors.shape(golden.get("A"))[1];
    var tape = new Tape(type);
    var sequence = Shape.of(bdt[0], bdt[2], bdt[1]);
    var inputs = new LinkedHashMap<String, Tensor>();
    for (var name : List.of("u", "delta", "z")) {
      inputs.put(name, tape.input(name, sequence));
    }
    for (var name : List.of("B", "C")) {
      inputs.put(name, tape.input(name, sequence.with(2, n)));
    }
    inputs.put("delta_bias", tape.input("delta_bias", Shape.of(bdt[1])));
    var cell =
        new Given(
            new S6(bdt[1], n, 1), inputs.get("delta").plus(inputs.get("delta_bias")), inputs.get("B"), inputs.get("C"));
    var run = Scan.of(cell).run(tape.scope(), inputs.get("u"));
    var out = run.output().times(inputs.get("z").silu());
    tape.output("out", out);
    tape.output("last_state", run.last().first());
    var wrt = new LinkedHashMap<>(tape.parameters());
    wrt.putAll(inputs);
    var gradients = tape.gradients(out.times(tape.input("gout", sequence)).sum(), List.copyOf(wrt.values()));
    int i = 0;
    for (var name : wrt.keySet()) {
      tape.output("g_" + name, gradients.get(i++));
    }

    var values = new HashMap<String, double[]>();
    for (var name : List.of("u", "delta", "z", "B", "C", "gout")) {
      values.put(name, timeBeforeFeatures(golden.get(name)));
    }
    values.put("delta_bias", Vectors.array(golden.get("delta_bias")));
    values.put("D", Vectors.array(golden.get("D")));
    double[] a = Vectors.array(golden.get("A"));
    double[] logs = new double[a.length];
    for (int k = 0; k < a.length; k++) {
      logs[k] = Math.log(-a[k]);
    }
    values.put("A_log", logs);

    var expected = new HashMap<String, double[]>();
    for (var name : List.of("out", "g_u", "g_delta", "g_z", "g_B", "g_C")) {
      expected.put(name, timeBeforeFeatures(golden.get(name)));
    }
    for (var name : List.of("last_state", "g_D", "g_delta_bias")) {
      expected.put(name, Vectors.array(golden.get(name)));
    }
    double[] byLog = Vectors.array(golden.get("g_A")); // A = -exp(A_log)
    for (int k = 0; k < a.length; k++) {
      byLog[k] *= a[k];
    }
    expected.put("g_A_log", byLog);
    assertThat(expected.keySet()).containsAll(tape.outputs().keySet());
    double worst = Lab.close("selective scan", expected, on.run(tape, values), 1e-5, 0, 0);
    System.out.printf(Locale.ROOT, "selective scan on %s in %s: worst error %.1e of the largest value%n", on, type, worst);
  }

  /** {@code (B, F, T)} as {@code (B, T, F)}. */
  private static double[] timeBeforeFeatures(tools.jackson.databind.JsonNode node) {
    int[] shape = Vectors.shape(node);
    double[] from = Vectors.array(node);
    double[] to = new double[from.length];
    for (int i = 0; i < to.length; i++) {
      int f = i % shape[1];
      int t = i / shape[1] % shape[2];
      to[i] = from[(i / shape[1] / shape[2] * shape[1] + f) * shape[2] + t];
    }
    return to;
  }

  /** Mamba-2 on one batch row against its recurrence in plain loops. */
  @ParameterizedTest
  @CsvSource({"ORACLE", "PLAN", "SIMD"})
  void theStateSpaceDualRecurrence(On on) {
    int steps = 6;
    int heads = 2;
    int width = 3;
    int n = 4;
    int d = heads * width;
    int inputs = d + 2 * n + heads;
    var tape = new Tape(DType.F64);
    var run = Scan.of(new Ssd(heads, width, n)).run(tape.scope(), tape.input("v", Shape.of(1, steps, inputs)));
    tape.output("y", run.output());
    var random = new SplittableRandom(3);
    double[] v = random.doubles((long) steps * inputs, -2, 2).toArray();
    Map<String, double[]> values = new HashMap<>(Map.of("v", v));
    for (var name : List.of("A_log", "D", "dt_bias")) {
      values.put(name, random.doubles(heads, -1, 1).toArray());
    }
    double[] h = new double[d * n];
    var expected = new ArrayList<Double>();
    for (int t = 0; t < steps; t++) {
      for (int c = 0; c < d; c++) {
        int k = c / width;
        double dt = Math.log1p(Math.exp(v[t * inputs + d + 2 * n + k] + values.get("dt_bias")[k]));
        double u = v[t * inputs + c];
        double y = values.get("D")[k] * u;
        for (int s = 0; s < n; s++) {
          double b = v[t * inputs + d + s];
          h[c * n + s] = Math.exp(-dt * Math.exp(values.get("A_log")[k])) * h[c * n + s] + dt * b * u;
          y += v[t * inputs + d + n + s] * h[c * n + s];
        }
        expected.add(y);
      }
    }
    double[] array = expected.stream().mapToDouble(x -> x).toArray();
    assertThat(Lab.distance(array, on.run(tape, values).get("y"))).isLessThan(1e-12);
  }

  private static final int ROWS = 2;
  private static final int STEPS = 9;
  private static final int HEADS = 2;
  private static final int WIDTH = 3;
  private static final int N = 4;
  private static final int INPUTS = HEADS * WIDTH + 2 * N + HEADS;

  /**
   * Mamba-2 against its dual, which has no state: {@code y = (L * (C B^T)) (dt u) + D u} for each head, with {@code
   * L_ij = exp(sum of dt A from j + 1 to i)}; values, and gradients by differences of the dual's.
   */
  @ParameterizedTest
  @EnumSource
  void theDualFormWithoutStates(On on) {
    var tape = new Tape(DType.F64);
    var v = tape.input("v", Shape.of(ROWS, STEPS, INPUTS));
    var y = Scan.of(new Ssd(HEADS, WIDTH, N)).run(tape.scope(), v).output();
    tape.output("y", y.plus(0));
    var wrt = new LinkedHashMap<>(tape.parameters());
    wrt.put("v", v);
    var gradients = tape.gradients(y.times(tape.input("g", y.shape())).sum(), List.copyOf(wrt.values()));
    int k = 0;
    for (var name : wrt.keySet()) {
      tape.output("grad " + name, gradients.get(k++));
    }
    var random = new SplittableRandom(11);
    var values = new HashMap<String, double[]>();
    tape.inputs().forEach((name, x) -> values.put(name, random.doubles(x.shape().size(), -1.5, 1.5).toArray()));
    tape.variables().forEach((path, x) -> values.put(path, random.doubles(x.shape().size(), -1, 1).toArray()));
    var got = on.run(tape, values);
    assertThat(Lab.distance(dual(values), got.get("y"))).isLessThan(1e-12);
    for (var name : wrt.keySet()) {
      double[] slope = got.get("grad " + name);
      double[] direction = random.doubles(slope.length, -1, 1).toArray();
      double along = 0;
      for (int i = 0; i < slope.length; i++) {
        along += slope[i] * direction[i];
      }
      double difference = (loss(values, name, direction, 1e-5) - loss(values, name, direction, -1e-5)) / 2e-5;
      assertThat(along).as(name).isCloseTo(difference, within(1e-7 * (1 + Math.abs(along))));
    }
  }

  private static double loss(Map<String, double[]> values, String name, double[] direction, double by) {
    var changed = new HashMap<>(values);
    double[] x = values.get(name).clone();
    Arrays.setAll(x, i -> values.get(name)[i] + by * direction[i]);
    changed.put(name, x);
    double[] y = dual(changed);
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += y[i] * values.get("g")[i];
    }
    return sum;
  }

  private static double[] dual(Map<String, double[]> values) {
    int d = HEADS * WIDTH;
    double[] y = new double[ROWS * STEPS * d];
    for (int row = 0; row < ROWS; row++) {
      double[] v = Arrays.copyOfRange(values.get("v"), row * STEPS * INPUTS, (row + 1) * STEPS * INPUTS);
      for (int head = 0; head < HEADS; head++) {
        double a = -Math.exp(values.get("A_log")[head]);
        double[] dt = new double[STEPS];
        for (int t = 0; t < STEPS; t++) {
          dt[t] = Math.log1p(Math.exp(v[t * INPUTS + d + 2 * N + head] + values.get("dt_bias")[head]));
        }
        for (int i = 0; i < STEPS; i++) {
          double logDecay = 0;
          for (int j = i; j >= 0; j--) {
            double score = 0;
            for (int s = 0; s < N; s++) {
              score += v[i * INPUTS + d + N + s] * v[j * INPUTS + d + s];
            }
            for (int c = head * WIDTH; c < (head + 1) * WIDTH; c++) {
              double skip = i == j ? values.get("D")[head] * v[j * INPUTS + c] : 0;
              y[(row * STEPS + i) * d + c] += Math.exp(logDecay) * score * dt[j] * v[j * INPUTS + c] + skip;
            }
            logDecay += dt[j] * a;
          }
        }
      }
    }
    return y;
  }
}
