package dev.runnel.models.gated;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/** The tanh recurrent network (Elman 1990), diagonal: {@code x <- tanh(W_c u + b_c + a_c x)}. */
public record Rnn(int d) implements Cell {

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return new Gates(d).drives(p, u, "c");
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    return State.of(new Gates(d).of(p, u, "c", state.first()).tanh());
  }
}
