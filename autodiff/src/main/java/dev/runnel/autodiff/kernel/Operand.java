package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;

/**
 * What a kernel's code must know of one memory operand; addresses and strides are arguments.
 *
 * @param moves bit {@code i} is set when the operand's stride along axis {@code i} is not zero
 * @param vector how it lies along the vector axis
 * @param exact a store must not touch anything past the vector axis's extent (a slice of a larger row);
 *     otherwise rows are padded to whole vectors and belong to the operand alone
 * @param every 1, or the length K of the stretches of a {@link Loop.Replay}: at step t of a forward walk
 *     the operand is {@code (t + K - 1) / K} strides on, so that what is stored at each step leaves the
 *     value that a stretch began with
 */
public record Operand(DType type, int moves, Along vector, boolean exact, int every) {

  public Operand(DType type, int moves, Along vector, boolean exact) {
    this(type, moves, vector, exact, 1);
  }

  /** How an operand lies along the vector axis. */
  public enum Along {
    /** Stride 0: one element for all lanes. */
    SAME,
    /** Stride 1. */
    UNIT,
    /** Any other stride: element by element. */
    STRIDED
  }

  public boolean moves(int axis) {
    return (moves >> axis & 1) != 0;
  }
}
