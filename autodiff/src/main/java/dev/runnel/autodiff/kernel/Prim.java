package dev.runnel.autodiff.kernel;

import static dev.runnel.autodiff.kernel.Kind.FLOAT;
import static dev.runnel.autodiff.kernel.Kind.INT;
import static dev.runnel.autodiff.kernel.Kind.MASK;

import java.util.List;

/**
 * The instructions of a Loop's body: the whole arithmetic that a backend has to know. Every row of
 * {@link dev.runnel.autodiff.Pointwise} expands to these, so a transcendental has one definition and
 * the same bits wherever lanes are IEEE.
 *
 * <p>{@code INT} lanes wrap around. Shift counts are constants. {@code MIN} and {@code MAX} follow
 * {@link Math#min(double, double)}: NaN wins, and -0 is less than +0. Comparisons with NaN are false.
 */
public enum Prim {
  ADD(FLOAT, FLOAT, FLOAT),
  SUB(FLOAT, FLOAT, FLOAT),
  MUL(FLOAT, FLOAT, FLOAT),
  DIV(FLOAT, FLOAT, FLOAT),
  /** {@code a * b + c}, rounded once. */
  FMA(FLOAT, FLOAT, FLOAT, FLOAT),
  NEG(FLOAT, FLOAT),
  ABS(FLOAT, FLOAT),
  MIN(FLOAT, FLOAT, FLOAT),
  MAX(FLOAT, FLOAT, FLOAT),
  SQRT(FLOAT, FLOAT),
  LT(MASK, FLOAT, FLOAT),
  LE(MASK, FLOAT, FLOAT),
  EQ(MASK, FLOAT, FLOAT),

  IADD(INT, INT, INT),
  ISUB(INT, INT, INT),
  IMUL(INT, INT, INT),
  IAND(INT, INT, INT),
  IOR(INT, INT, INT),
  IXOR(INT, INT, INT),
  /** {@code a << b}; {@code b} is a constant. */
  ISHL(INT, INT, INT),
  /** {@code a >> b}, keeping the sign; {@code b} is a constant. */
  ISHR(INT, INT, INT),
  /** {@code a >>> b}; {@code b} is a constant. */
  IUSHR(INT, INT, INT),
  ILT(MASK, INT, INT),
  IEQ(MASK, INT, INT),

  MAND(MASK, MASK, MASK),
  MOR(MASK, MASK, MASK),
  MNOT(MASK, MASK),

  /** {@code m ? a : b}. */
  SEL(FLOAT, MASK, FLOAT, FLOAT),
  /** {@code m ? a : b} on integers. */
  ISEL(INT, MASK, INT, INT),

  /** The bit pattern of a number. */
  BITS(INT, FLOAT),
  /** The number with this bit pattern. */
  FROM_BITS(FLOAT, INT),
  /** The number nearest to an integer, whose magnitude is below 2^31. */
  TO_FLOAT(FLOAT, INT),
  /** A number, finite and below 2^31 in magnitude, rounded towards zero. */
  TO_INT(INT, FLOAT),

  // A device's own functions: written only for a backend that asks for them.
  EXP(FLOAT, FLOAT),
  LOG(FLOAT, FLOAT),
  TANH(FLOAT, FLOAT),
  SIN(FLOAT, FLOAT),
  COS(FLOAT, FLOAT),
  POW(FLOAT, FLOAT, FLOAT);

  private final Kind result;
  private final List<Kind> operands;

  Prim(Kind result, Kind... operands) {
    this.result = result;
    this.operands = List.of(operands);
  }

  /** Whether it is a function of a device's own: only in plans for a backend with {@link Backend#ownMaths}. */
  public boolean own() {
    return compareTo(EXP) >= 0;
  }

  public Kind result() {
    return result;
  }

  public List<Kind> operands() {
    return operands;
  }
}
