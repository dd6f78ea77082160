package dev.runnel.models.dense;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * The minimal gated unit (Zhou et al. 2016); parameters are stacked (f, c) as PyTorch stacks a GRU's:
 *
 * <pre>{@code
 * f = sig(W_if u + b_if + W_hf h + b_hf)     c = tanh(W_ic u + b_ic + W_hc (f h) + b_hc)
 * h <- (1 - f) h + f c
 * }</pre>
 */
public record DenseMgu(int d) implements DenseCell {

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return Drives.of("u", new Stacked(2, d).ofInput(p, u));
  }

  @Override
  public State step(Scope p, State state, Drives drives) {
    var gates = new Stacked(2, d);
    var h = state.first();
    var u = drives.get("u");
    var f = gates.gate(u, 0).plus(gates.ofState(p, h, 0, 1)).sigmoid();
    var c = gates.gate(u, 1).plus(gates.ofState(p, f.times(h), 1, 2)).tanh();
    return State.of(h.plus(f.times(c.minus(h))));
  }
}
