package dev.runnel.models.gated;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Drives;

/**
 * What gates of {@code d} units read, by the gate's name: {@code W_name (D, P)}, {@code b_name (D)} and, for gates that
 * read the state, {@code a_name (D)}; all begin uniform on {@code (-1/sqrt D, 1/sqrt D)}, as PyTorch's.
 */
record Gates(int d) {

  /** {@code W u + b} of each. */
  Drives drives(Scope p, Tensor u, String... names) {
    var drives = Drives.none();
    for (var name : names) {
      var weight = p.parameter("W_" + name, Shape.of(d, u.shape().last()), init());
      drives = drives.and(name, u.matmulTransposed(weight).plus(p.parameter("b_" + name, Shape.of(d), init())));
    }
    return drives;
  }

  /** {@code W u + b + a x} of one. */
  Tensor of(Scope p, Drives u, String name, Tensor x) {
    return u.get(name).plus(p.parameter("a_" + name, Shape.of(d), init()).times(x));
  }

  private Init init() {
    double bound = 1 / Math.sqrt(d);
    return Init.uniform(-bound, bound);
  }
}
