package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;

/**
 * What every {@link Prim} means, on one lane of plain numbers.
 *
 * <p>A value is a {@code long}: a FLOAT is its raw bits (those of a {@code float}, sign-extended, in F32),
 * an INT is itself (sign-extended from 32 bits in F32 and I32), a MASK is 0 or 1. F32 arithmetic is
 * rounded to {@code float} after every operation.
 */
public final class Scalar {
  private Scalar() {}

  /** A FLOAT value from a number, rounded to the type. */
  public static long fromDouble(DType type, double x) {
    return type == DType.F64 ? Double.doubleToRawLongBits(x) : Float.floatToRawIntBits((float) x);
  }

  /** The number that a FLOAT value is. */
  public static double toDouble(DType type, long value) {
    return type == DType.F64 ? Double.longBitsToDouble(value) : Float.intBitsToFloat((int) value);
  }

  /** An INT value from an integer, wrapped to the lane. */
  public static long fromInteger(DType type, long x) {
    return type == DType.F64 ? x : (int) x;
  }

  /** A constant of any kind. */
  public static long constant(DType type, Kind kind, double x) {
    return switch (kind) {
      case FLOAT -> fromDouble(type, x);
      case INT -> fromInteger(type, (long) x);
      case MASK -> mask(x != 0);
    };
  }

  /** One primitive on values; {@code b} and {@code c} are ignored where it takes fewer. */
  public static long compute(DType type, Prim prim, long a, long b, long c) {
    // A double has more than twice a float's bits: what is computed so and rounded to float is rounded right,
    // but for FMA (Figueroa 1995).
    double x = toDouble(type, a);
    double y = toDouble(type, b);
    double z = toDouble(type, c);
    return switch (prim) {
      case ADD -> fromDouble(type, x + y);
      case SUB -> fromDouble(type, x - y);
      case MUL -> fromDouble(type, x * y);
      case DIV -> fromDouble(type, x / y);
      case FMA -> fromDouble(type, type == DType.F64 ? Math.fma(x, y, z) : Math.fma((float) x, (float) y, (float) z));
      case NEG -> fromDouble(type, -x);
      case ABS -> fromDouble(type, Math.abs(x));
      case MIN -> fromDouble(type, Math.min(x, y));
      case MAX -> fromDouble(type, Math.max(x, y));
      case SQRT -> fromDouble(type, Math.sqrt(x));
      case EXP -> fromDouble(type, StrictMath.exp(x));
      case LOG -> fromDouble(type, StrictMath.log(x));
      case TANH -> fromDouble(type, StrictMath.tanh(x));
      case SIN -> fromDouble(type, StrictMath.sin(x));
      case COS -> fromDouble(type, StrictMath.cos(x));
      case POW -> fromDouble(type, StrictMath.pow(x, y));
      case LT -> mask(x < y);
      case LE -> mask(x <= y);
      case EQ -> mask(x == y);
      case IADD -> fromInteger(type, a + b);
      case ISUB -> fromInteger(type, a - b);
      case IMUL -> fromInteger(type, a * b);
      case IAND, MAND -> a & b;
      case IOR, MOR -> a | b;
      case IXOR -> a ^ b;
      case MNOT -> a ^ 1;
      case ISHL -> type == DType.F64 ? a << b : (int) a << (int) b;
      case ISHR -> type == DType.F64 ? a >> b : (int) a >> (int) b;
      case IUSHR -> type == DType.F64 ? a >>> b : (int) a >>> (int) b;
      case ILT -> mask(a < b);
      case IEQ -> mask(a == b);
      case SEL, ISEL -> a != 0 ? b : c;
      case BITS, FROM_BITS -> a;
      case TO_FLOAT -> fromDouble(type, a);
      case TO_INT -> (int) x;
    };
  }

  private static long mask(boolean truth) {
    return truth ? 1 : 0;
  }
}
