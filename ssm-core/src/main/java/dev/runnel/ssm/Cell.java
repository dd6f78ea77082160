package dev.runnel.ssm;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;

/**
 * One recurrence {@code x_t = step(x_(t-1), u_t)} whose states don't read each other.
 *
 * <p>That one promise makes {@code dx_t/dx_(t-1)} diagonal (2x2 blocks with two components), so one
 * forward derivative along the all-ones direction is the exact Jacobian: nobody writes a derivative. A
 * {@code step} that breaks it is refused when the tape is recorded.
 *
 * {@snippet :
 * record Leaky(int d) implements Cell {
 *   public StateShape state() {
 *     return StateShape.of(d);
 *   }
 *
 *   public Drives drive(Scope p, Tensor u) {
 *     return Drives.of("u", u.matmul(p.parameter("W", Shape.of(u.shape().last(), d), Init.normal(0.1))));
 *   }
 *
 *   public State step(Scope p, State x, Drives u) {
 *     var a = p.parameter("a", Shape.of(d), Init.uniform(-1, 1));
 *     var gate = a.times(x.first()).plus(u.get("u")).sigmoid();
 *     return State.of(x.first().plus(gate.times(u.get("u").tanh().minus(x.first()))));
 *   }
 * }
 * }
 */
public interface Cell {

  StateShape state();

  /** From inputs {@code (B, T, H)} to what the steps read, by any operation: the dense part. */
  Drives drive(Scope p, Tensor u);

  /** One step, by pointwise operations only; recorded once. Tensors have the lanes' shape. */
  State step(Scope p, State x, Drives u);

  /**
   * What the scan gives, from states {@code (B, T, lanes..)} and drives over the whole sequence: pointwise,
   * and may sum over N. The first component, unless said otherwise.
   */
  default Tensor readout(Scope p, State x, Drives u) {
    return x.first();
  }

  /** One step as a function, for cells without parameters of their own; the drive is the input itself. */
  @FunctionalInterface
  interface Rule {
    Tensor step(Tensor x, Tensor u);
  }

  /** A cell of {@code d} channels whose inputs drive it directly. */
  static Cell of(int d, Rule rule) {
    return new Cell() {
      @Override
      public StateShape state() {
        return StateShape.of(d);
      }

      @Override
      public Drives drive(Scope p, Tensor u) {
        return Drives.of("u", u);
      }

      @Override
      public State step(Scope p, State x, Drives u) {
        return State.of(rule.step(x.first(), u.get("u")));
      }
    };
  }
}
