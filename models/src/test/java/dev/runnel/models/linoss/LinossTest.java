package dev.runnel.models.linoss;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.ssm.Solver;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LinOSS against the matrices M and forces F that its paper writes for a step. */
class LinossTest {
  private static final int P = 3;
  private static final int H = 2;
  private static final int T = 20;

  @ParameterizedTest
  @CsvSource({"ORACLE, F64, IM", "SIMD, F64, IM", "SIMD, F32, IM", "ORACLE, F64, IMEX", "SIMD, F64, IMEX",
      "SIMD, F32, IMEX"})
  void isThePapersRecurrence(On on, DType type, Linoss.Scheme scheme) {
    var tape = new Tape(type);
    var x = tape.input("x", Shape.of(1, T, H));
    tape.output("y", new LinossModel.LinossLayer(new Linoss(P, scheme), Solver.sequential()).apply(tape.scope(), x));
    var values = new HashMap<String, double[]>();
    var random = new SplittableRandom(4);
    tape.inputs().forEach((name, t) -> values.put(name, drawn(random, t.shape())));
    tape.variables().forEach((name, t) -> values.put(name, drawn(random, t.shape())));
    double worst =
        Lab.close(
            scheme + " on " + on, Map.of("y", expected(values, scheme)), on.run(tape, values),
            type == DType.F64 ? 1e-12 : 1e-5, 0, 0);
    assertThat(worst).isFinite();
  }

  private static double[] drawn(SplittableRandom random, Shape shape) {
    return random.doubles(shape.size(), -1, 1).map(v -> (float) v).toArray();
  }

  private static double[] expected(Map<String, double[]> values, Linoss.Scheme scheme) {
    double[] y = new double[T * H];
    for (int p = 0; p < P; p++) {
      double a = Math.max(0, values.get("A_diag")[p]);
      double dt = 1 / (1 + Math.exp(-values.get("steps")[p]));
      double s = 1 / (1 + dt * dt * a);
      boolean im = scheme == Linoss.Scheme.IM;
      double[][] m =
          im
              ? new double[][] {{1 - dt * dt * a * s, -dt * a * s}, {dt * s, s}}
              : new double[][] {{1, -dt * a}, {dt, 1 - dt * dt * a}};
      double[] f = im ? new double[] {m[0][0] * dt, m[1][0] * dt} : new double[] {dt, dt * dt};
      for (int part = 0; part < 2; part++) {
        double z = 0;
        double x = 0;
        for (int t = 0; t < T; t++) {
          double bu = 0;
          for (int h = 0; h < H; h++) {
            bu += values.get("B")[(p * H + h) * 2 + part] * values.get("x")[t * H + h];
          }
          double next = m[0][0] * z + m[0][1] * x + f[0] * bu;
          x = m[1][0] * z + m[1][1] * x + f[1] * bu;
          z = next;
          for (int h = 0; h < H; h++) {
            y[t * H + h] += (part == 0 ? 1 : -1) * values.get("C")[(h * P + p) * 2 + part] * x;
          }
        }
      }
    }
    for (int i = 0; i < y.length; i++) {
      y[i] += values.get("D")[i % H] * values.get("x")[i];
    }
    return y;
  }
}
