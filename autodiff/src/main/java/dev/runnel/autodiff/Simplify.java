package dev.runnel.autodiff;

import org.jspecify.annotations.Nullable;

/** The few identities that gradients leave behind: they keep every value, NaN included. */
final class Simplify {
  private Simplify() {}

  /** An equal tensor that broadcasts to {@code shape}, or null. */
  static @Nullable Tensor point(Pointwise row, Tensor[] x, Shape shape) {
    return switch (row) {
      case MUL -> is(x[1], 1) ? x[0] : is(x[0], 1) ? x[1] : null;
      case DIV -> is(x[1], 1) ? x[0] : null;
      case ADD -> is(x[1], 0) ? x[0] : is(x[0], 0) ? x[1] : null;
      case SUB -> is(x[1], 0) ? x[0] : null;
      case NEG -> negated(x[0]);
      default -> null;
    };
  }

  private static @Nullable Tensor negated(Tensor x) {
    var node = x.tape().node(x.id());
    if (node.op() instanceof Op.Constant(double value)) {
      return x.tape().constant(x.type(), -value, x.shape());
    }
    return node.op() instanceof Op.Point(Pointwise row) && row == Pointwise.NEG
        ? x.tape().tensor(node.operands().getFirst())
        : null;
  }

  private static boolean is(Tensor x, double value) {
    return x.tape().node(x.id()).op() instanceof Op.Constant(double c) && c == value;
  }
}
