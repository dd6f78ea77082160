package dev.runnel.models.gated;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * Long short-term memory (Hochreiter, Schmidhuber 1997, with forget gate), diagonal; states c and h, of which h is read
 * out:
 *
 * <pre>{@code
 * i, f, o = sig(W u + b + a h), each its own     g = tanh(W_g u + b_g + a_g h)
 * c <- f c + i g                                 h <- o tanh(c), with the new c
 * }</pre>
 */
public record Lstm(int d) implements Cell {

  @Override
  public StateShape state() {
    return StateShape.of(d).paired();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return new Gates(d).drives(p, u, "i", "f", "g", "o");
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    var gates = new Gates(d);
    var h = x.second();
    var kept = gates.of(p, u, "f", h).sigmoid().times(x.first());
    var c = kept.plus(gates.of(p, u, "i", h).sigmoid().times(gates.of(p, u, "g", h).tanh()));
    return State.of(c, gates.of(p, u, "o", h).sigmoid().times(c.tanh()));
  }

  @Override
  public Tensor readout(Scope p, State x, Drives u) {
    return x.second();
  }
}
