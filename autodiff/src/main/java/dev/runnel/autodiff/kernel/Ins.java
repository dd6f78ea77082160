package dev.runnel.autodiff.kernel;

/**
 * One instruction of a {@link Loop}. Instructions are numbered through {@code pre}, {@code body} and
 * {@code post} together; operands named {@code a b c value index} are such numbers, of earlier
 * instructions.
 */
public sealed interface Ins {

  /**
   * The element of {@code operand} at the present position. With an {@code index} (an INT value that
   * does not depend on the vector axis, -1 for none) the address moves on by index times the operand's
   * index stride. INT for I32 operands, else FLOAT.
   */
  record Load(int operand, int index) implements Ins {}

  /** A constant; INT constants hold a whole number. */
  record Const(Kind kind, double value) implements Ins {}

  /** The position along an axis, as INT. */
  record Axis(int axis) implements Ins {}

  /** Carried value {@code k}: in the body as the previous step left it, in {@code post} the last. FLOAT. */
  record Carry(int k) implements Ins {}

  /** What carried value {@code k} of the {@link Loop.Replay} was before the present step. FLOAT. */
  record Replayed(int k) implements Ins {}

  /** A primitive; {@code b} and {@code c} are -1 where it takes fewer operands. */
  record Compute(Prim prim, int a, int b, int c) implements Ins {}

  /** Writes {@code value} to {@code operand} at the present position. */
  record Store(int operand, int value) implements Ins {}

  /**
   * Folds {@code value} into {@code operand} over every axis along which the operand does not move. If
   * that is the vector axis alone the result is written; otherwise it is combined with what memory
   * holds, which the runtime has set to the fold's identity when a chunk begins.
   */
  record Reduce(int operand, int value, Fold fold) implements Ins {}

  /**
   * Adds {@code value} to {@code operand} at {@code index} times its index stride, positions walked in
   * order. Only in Loops without a walk, alone on axis 0 (one chunk).
   */
  record Scatter(int operand, int index, int value) implements Ins {}

  /** How values are folded. */
  enum Fold {
    SUM(0),
    MAX(Double.NEGATIVE_INFINITY);

    private final double identity;

    Fold(double identity) {
      this.identity = identity;
    }

    public double identity() {
      return identity;
    }
  }
}
