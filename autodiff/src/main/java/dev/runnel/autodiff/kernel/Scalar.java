package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;

/**
 * What every {@link Prim} means, on one lane of plain numbers.
 *
 * <p>A value is a {@code long}: a FLOAT is its raw bits (those of a {@code float}, sign-extended, in F32),
 * an INT is itself (sign-extended from 32 bits in F32 and I32), a MASK is 0 or 1. F32 arithmetic is
 * rounded to {@code float} after every operation, never carried out in {@code double}.
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
    return switch (prim) {
      case ADD, SUB, MUL, DIV, FMA, NEG, ABS, MIN, MAX, SQRT, LT, LE, EQ ->
          type == DType.F64
              ? ofDoubles(prim, Double.longBitsToDouble(a), Double.longBitsToDouble(b), Double.longBitsToDouble(c))
              : ofFloats(prim, Float.intBitsToFloat((int) a), Float.intBitsToFloat((int) b),
                  Float.intBitsToFloat((int) c));
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
      case TO_FLOAT -> type == DType.F64 ? Double.doubleToRawLongBits((double) a) : Float.floatToRawIntBits((float) a);
      case TO_INT -> (int) toDouble(type, a);
    };
  }

  private static long ofDoubles(Prim prim, double a, double b, double c) {
    double y =
        switch (prim) {
          case ADD -> a + b;
          case SUB -> a - b;
          case MUL -> a * b;
          case DIV -> a / b;
          case FMA -> Math.fma(a, b, c);
          case NEG -> -a;
          case ABS -> Math.abs(a);
          case MIN -> Math.min(a, b);
          case MAX -> Math.max(a, b);
          case SQRT -> Math.sqrt(a);
          default -> Double.NaN;
        };
    return switch (prim) {
      case LT -> mask(a < b);
      case LE -> mask(a <= b);
      case EQ -> mask(a == b);
      default -> Double.doubleToRawLongBits(y);
    };
  }

  private static long ofFloats(Prim prim, float a, float b, float c) {
    float y =
        switch (prim) {
          case ADD -> a + b;
          case SUB -> a - b;
          case MUL -> a * b;
          case DIV -> a / b;
          case FMA -> Math.fma(a, b, c);
          case NEG -> -a;
          case ABS -> Math.abs(a);
          case MIN -> Math.min(a, b);
          case MAX -> Math.max(a, b);
          // The correctly rounded double root, rounded again, is the correctly rounded float root.
          case SQRT -> (float) Math.sqrt(a);
          default -> Float.NaN;
        };
    return switch (prim) {
      case LT -> mask(a < b);
      case LE -> mask(a <= b);
      case EQ -> mask(a == b);
      default -> Float.floatToRawIntBits(y);
    };
  }

  private static long mask(boolean truth) {
    return truth ? 1 : 0;
  }

  /** Primitives computed at once: for tests, and to fold constants. */
  public record Numbers(DType type) implements Arithmetic<Long> {
    @Override
    public Long constant(double value) {
      return fromDouble(type, value);
    }

    @Override
    public Long integer(long value) {
      return fromInteger(type, value);
    }

    @Override
    public Long compute(Prim prim, Long a) {
      return Scalar.compute(type, prim, a, 0, 0);
    }

    @Override
    public Long compute(Prim prim, Long a, Long b) {
      return Scalar.compute(type, prim, a, b, 0);
    }

    @Override
    public Long compute(Prim prim, Long a, Long b, Long c) {
      return Scalar.compute(type, prim, a, b, c);
    }

    /** A FLOAT value as a number. */
    public double number(Long value) {
      return toDouble(type, value);
    }
  }
}
