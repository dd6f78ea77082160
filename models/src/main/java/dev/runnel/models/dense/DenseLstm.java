package dev.runnel.models.dense;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * Long short-term memory (Hochreiter, Schmidhuber 1997, with forget gate), parameters as PyTorch's {@code LSTM} names
 * and stacks them (i, f, g, o); states c and h, of which h is read out:
 *
 * <pre>{@code
 * i, f, o = sig(W_i u + b_i + W_h h + b_h), each its own     g = tanh(W_ig u + b_ig + W_hg h + b_hg)
 * c <- f c + i g                                             h <- o tanh(c), with the new c
 * }</pre>
 */
public record DenseLstm(int d) implements DenseCell {

  @Override
  public StateShape state() {
    return StateShape.of(d).paired();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return Drives.of("u", new Stacked(4, d).ofInput(p, u));
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    var gates = new Stacked(4, d);
    var all = u.get("u").plus(gates.ofState(p, x.second(), 0, 4));
    var i = gates.gate(all, 0).sigmoid();
    var f = gates.gate(all, 1).sigmoid();
    var g = gates.gate(all, 2).tanh();
    var o = gates.gate(all, 3).sigmoid();
    var c = f.times(x.first()).plus(i.times(g));
    return State.of(c, o.times(c.tanh()));
  }

  @Override
  public Tensor readout(Scope p, State x, Drives u) {
    return x.second();
  }
}
