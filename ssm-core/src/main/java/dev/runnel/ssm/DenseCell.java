package dev.runnel.ssm;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;

/**
 * One recurrence {@code x_t = step(x_(t-1), u_t)} whose states read each other: {@code dx_t/dx_(t-1)} is a full matrix.
 * {@link DenseScan} runs it one step after another, all rows of a batch at once.
 *
 * {@snippet :
 * record Elman(int d) implements DenseCell {
 *   public StateShape state() {
 *     return StateShape.of(d);
 *   }
 *
 *   public Drives drive(Scope p, Tensor u) {
 *     return Drives.of("u", u.matmulTransposed(p.parameter("W", Shape.of(d, u.shape().last()), Init.normal(0.1))));
 *   }
 *
 *   public State step(Scope p, State x, Drives u) {
 *     var weight = p.parameter("U", Shape.of(d, d), Init.normal(0.1));
 *     return State.of(x.first().matmulTransposed(weight).plus(u.get("u")).tanh());
 *   }
 * }
 * }
 *
 * <p>A {@link Cell} is faster, and can be solved in parallel: take one where states need not read each other.
 */
public interface DenseCell {

  StateShape state();

  /** From inputs {@code (B, T, H)} to what the steps read, {@code (B, T, ..)} each, by any operation. */
  Drives drive(Scope p, Tensor u);

  /**
   * One step of {@code n} rows: states {@code (n, lanes..)} and drives {@code (n, ..)} in, states out, by any
   * operations that leave rows apart; refused otherwise. Recorded several times, for other {@code n}, and must be the
   * same each time.
   */
  State step(Scope p, State x, Drives u);

  /** What the scan gives, from states {@code (B, T, lanes..)} and drives: by default the first component. */
  default Tensor readout(Scope p, State x, Drives u) {
    return x.first();
  }
}
