package dev.runnel.autodiff.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.runnel.autodiff.DType;
import org.junit.jupiter.api.Test;

class ScalarTest {
  private static double number(DType type, Prim prim, double a, double b, double c) {
    return Scalar.toDouble(
        type,
        Scalar.compute(
            type, prim, Scalar.fromDouble(type, a), Scalar.fromDouble(type, b), Scalar.fromDouble(type, c)));
  }

  @Test
  void floatsRoundOnceAnOperation() {
    double small = Math.scalb(1.0, -24);
    assertEquals(1, number(DType.F32, Prim.ADD, 1, small, 0));
    assertEquals(1 + small, number(DType.F64, Prim.ADD, 1, small, 0));
    double a = 1 + Math.scalb(1.0, -12);
    assertEquals(Math.scalb(1.0, -24), number(DType.F32, Prim.FMA, a, a, -(1 + Math.scalb(1.0, -11))));
    assertEquals((float) Math.sqrt(2), number(DType.F32, Prim.SQRT, 2, 0, 0));
    assertEquals(1f / 3, number(DType.F32, Prim.DIV, 1, 3, 0));
  }

  @Test
  void minimaKnowNaNAndTheSignOfZero() {
    assertEquals(Double.NaN, number(DType.F32, Prim.MIN, 1, Double.NaN, 0));
    assertEquals(Double.NaN, number(DType.F64, Prim.MAX, Double.NaN, 1, 0));
    assertEquals(-0.0, number(DType.F64, Prim.MIN, 0.0, -0.0, 0));
    assertEquals(0.0, number(DType.F32, Prim.MAX, 0.0, -0.0, 0));
    assertEquals(-0.0, number(DType.F32, Prim.NEG, 0.0, 0, 0));
  }

  @Test
  void comparisonsWithNaNAreFalse() {
    long nan = Scalar.fromDouble(DType.F32, Double.NaN);
    for (Prim prim : new Prim[] {Prim.LT, Prim.LE, Prim.EQ}) {
      assertEquals(0, Scalar.compute(DType.F32, prim, nan, nan, 0));
    }
    assertEquals(1, Scalar.compute(DType.F32, Prim.LE, Scalar.fromDouble(DType.F32, -0.0), 0, 0));
  }

  @Test
  void integersWrapAtTheLanesWidth() {
    assertEquals(Integer.MIN_VALUE, Scalar.compute(DType.I32, Prim.IADD, Integer.MAX_VALUE, 1, 0));
    assertEquals(1L << 31, Scalar.compute(DType.F64, Prim.IADD, Integer.MAX_VALUE, 1, 0));
    assertEquals(-727379968, Scalar.compute(DType.F32, Prim.IMUL, 1_000_000, 1_000_000, 0));
    assertEquals(Integer.MIN_VALUE, Scalar.compute(DType.I32, Prim.ISHL, 3, 31, 0));
    assertEquals(-1, Scalar.compute(DType.I32, Prim.ISHR, -5, 31, 0));
    assertEquals(1, Scalar.compute(DType.I32, Prim.IUSHR, -5, 31, 0));
    assertEquals(1, Scalar.compute(DType.F64, Prim.IUSHR, -5, 63, 0));
    assertEquals(1, Scalar.compute(DType.I32, Prim.ILT, -1, 0, 0));
  }

  @Test
  void masksBitsAndConversions() {
    assertEquals(0, Scalar.compute(DType.F32, Prim.MNOT, 1, 0, 0));
    assertEquals(7, Scalar.compute(DType.F32, Prim.ISEL, 1, 7, 8));
    assertEquals(8, Scalar.compute(DType.F32, Prim.ISEL, 0, 7, 8));
    assertEquals(0xBF800000, Scalar.compute(DType.F32, Prim.BITS, Scalar.fromDouble(DType.F32, -1), 0, 0));
    assertEquals(16777216.0, Scalar.toDouble(DType.F32, Scalar.compute(DType.F32, Prim.TO_FLOAT, 16777217, 0, 0)));
    assertEquals(-2, Scalar.compute(DType.F64, Prim.TO_INT, Scalar.fromDouble(DType.F64, -2.9), 0, 0));
    assertEquals(1, Scalar.constant(DType.F32, Kind.MASK, 1));
    assertEquals(-3, Scalar.constant(DType.I32, Kind.INT, -3));
  }

  @Test
  void numbersMatchPlainIntegers() {
    var m = new Numbers(DType.F32);
    var x = java.util.List.of(m.integer(13), m.integer(-7), m.integer(99), m.integer(1 << 30));
    assertEquals(Threefry.first(13, -7, 99, 1 << 30), Threefry.first(m, x));
  }
}
