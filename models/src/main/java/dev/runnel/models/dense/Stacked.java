package dev.runnel.models.dense;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Linear;

/**
 * What {@code gates} gates of {@code d} units read, one below the other in PyTorch's names and shapes: {@code weight_ih
 * (gates D, P)}, {@code weight_hh (gates D, D)}, {@code bias_ih}, {@code bias_hh (gates D)}; all begin uniform on
 * {@code (-1/sqrt D, 1/sqrt D)}.
 */
record Stacked(int gates, int d) {

  /** {@code W_ih u + b_ih} of all gates, {@code (.., gates D)}. */
  Tensor ofInput(Scope p, Tensor u) {
    return u.matmulTransposed(p.parameter("weight_ih", Shape.of(gates * d, u.shape().last()), init()))
        .plus(p.parameter("bias_ih", Shape.of(gates * d), init()));
  }

  /** {@code W_hh h + b_hh} of gates from one to before another, {@code (rows, (to - from) D)}. */
  Tensor ofState(Scope p, Tensor h, int from, int to) {
    var weight = p.parameter("weight_hh", Shape.of(gates * d, d), init()).slice(0, from * d, to * d);
    var bias = p.parameter("bias_hh", Shape.of(gates * d), init()).slice(0, from * d, to * d);
    return h.matmulTransposed(weight).plus(bias);
  }

  /** One gate's part of what several have. */
  Tensor gate(Tensor all, int k) {
    return all.slice(-1, k * d, (k + 1) * d);
  }

  private Init init() {
    return Linear.bounded(d);
  }
}
