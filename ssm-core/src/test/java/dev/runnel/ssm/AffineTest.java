package dev.runnel.ssm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.joml.Matrix2d;
import org.joml.Vector2d;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Maps on two components, composed and scanned, against JOML's matrices. */
class AffineTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 48, 49, 97, 1000})
  void scans(int count) {
    for (boolean backward : new boolean[] {false, true}) {
      var tape = new Tape(DType.F64);
      var values = new HashMap<String, double[]>();
      var maps = new ArrayList<Tensor>();
      for (int k = 0; k < 6; k++) {
        maps.add(input(tape, values, "m" + k, count, k));
      }
      var first = List.of(input(tape, values, "z0", 1, 11), input(tape, values, "z1", 1, 12));
      var scan = Affine.scan(maps.subList(0, 4), maps.subList(4, 6), first, backward);
      for (int k = 0; k < 2; k++) {
        tape.output("each" + k, scan.each().get(k));
        tape.output("end" + k, scan.end().get(k));
      }
      var came = Bench.SIMD.run(tape, values);
      var z = new Vector2d(values.get("z0")[0], values.get("z1")[0]);
      for (int i = 0; i < count; i++) {
        int at = backward ? count - 1 - i : i;
        close(z, came.get("each0")[at], came.get("each1")[at]);
        matrix(values, at).transform(z).add(values.get("m4")[at], values.get("m5")[at]);
      }
      close(z, came.get("end0")[0], came.get("end1")[0]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 9})
  void products(int count) {
    var tape = new Tape(DType.F64);
    var values = new HashMap<String, double[]>();
    var entries = new ArrayList<Tensor>();
    for (int k = 0; k < 4; k++) {
      entries.add(input(tape, values, "m" + k, count, k));
    }
    var squares = Affine.product(2, entries, entries);
    for (int k = 0; k < 4; k++) {
      tape.output("p" + k, squares.get(k));
    }
    var came = Bench.SIMD.run(tape, values);
    for (int i = 0; i < count; i++) {
      var square = matrix(values, i).mul(matrix(values, i));
      double[] rows = {square.m00(), square.m10(), square.m01(), square.m11()};
      for (int k = 0; k < 4; k++) {
        assertThat(came.get("p" + k)[i]).isCloseTo(rows[k], within(1e-14));
      }
    }
  }

  private static Tensor input(Tape tape, Map<String, double[]> values, String name, int steps, long seed) {
    values.put(name, Bench.normal(steps, 0.5, seed));
    return tape.input(name, Shape.of(1, steps, 1));
  }

  /** JOML's constructor takes columns. */
  private static Matrix2d matrix(Map<String, double[]> m, int i) {
    return new Matrix2d(m.get("m0")[i], m.get("m2")[i], m.get("m1")[i], m.get("m3")[i]);
  }

  private static void close(Vector2d expected, double x, double y) {
    assertThat(x).isCloseTo(expected.x, within(1e-12 * (1 + Math.abs(expected.x))));
    assertThat(y).isCloseTo(expected.y, within(1e-12 * (1 + Math.abs(expected.y))));
  }
}
