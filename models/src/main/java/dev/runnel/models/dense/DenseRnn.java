package dev.runnel.models.dense;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * The tanh recurrent network (Elman 1990), parameters as PyTorch's {@code RNN} names them: {@code h <- tanh(W_ih u +
 * b_ih + W_hh h + b_hh)}.
 */
public record DenseRnn(int d) implements DenseCell {

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return Drives.of("u", new Stacked(1, d).ofInput(p, u));
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    return State.of(u.get("u").plus(new Stacked(1, d).ofState(p, x.first(), 0, 1)).tanh());
  }
}
