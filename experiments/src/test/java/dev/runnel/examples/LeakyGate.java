package dev.runnel.examples;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

// begin
/** A leaky unit whose leak looks at the state: {@code x <- x + g (tanh(u) - x), g = sig(a x + u)}. */
record LeakyGate(int d) implements Cell {
  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) { // the dense part, over the whole sequence
    return Drives.of("u", u.matmul(p.parameter("W", Shape.of(u.shape().last(), d), Init.normal(0.2))));
  }

  @Override
  public State step(Scope p, State x, Drives u) { // one step; its derivatives and kernels are made from this
    var a = p.parameter("a", Shape.of(d), Init.uniform(-1, 1));
    var gate = a.times(x.first()).plus(u.get("u")).sigmoid();
    return State.of(x.first().plus(gate.times(u.get("u").tanh().minus(x.first()))));
  }
}
// end
