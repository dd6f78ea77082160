package dev.runnel.models.dense;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * The gated recurrent unit (Cho et al. 2014), parameters as PyTorch's {@code GRU} names and stacks them (r, z, n):
 *
 * <pre>{@code
 * r = sig(W_ir u + b_ir + W_hr h + b_hr)     z = sig(W_iz u + b_iz + W_hz h + b_hz)
 * AFTER    n = tanh(W_in u + b_in + r (W_hn h + b_hn))
 * BEFORE   n = tanh(W_in u + b_in + W_hn (r h) + b_hn)
 * h <- (1 - z) n + z h
 * }</pre>
 *
 * <p>Here z keeps the state, as in Cho's paper and in PyTorch; in the diagonal {@link dev.runnel.models.gated.Gru} it
 * replaces it.
 */
public record DenseGru(int d, Reset reset) implements DenseCell {

  /** What the reset gate resets. */
  public enum Reset {
    /** The product with the state: PyTorch's and cuDNN's form, one product a step. */
    AFTER,
    /** The state itself, before the product: Cho's form, two products a step. */
    BEFORE
  }

  /** In PyTorch's form. */
  public DenseGru(int d) {
    this(d, Reset.AFTER);
  }

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return Drives.of("u", stacked().ofInput(p, u));
  }

  @Override
  public State step(Scope p, State state, Drives drives) {
    var gates = stacked();
    var h = state.first();
    var u = drives.get("u");
    boolean after = reset == Reset.AFTER;
    var products = gates.ofState(p, h, 0, after ? 3 : 2);
    var r = gates.gate(u, 0).plus(gates.gate(products, 0)).sigmoid();
    var z = gates.gate(u, 1).plus(gates.gate(products, 1)).sigmoid();
    var held = after ? r.times(gates.gate(products, 2)) : gates.ofState(p, r.times(h), 2, 3);
    var n = gates.gate(u, 2).plus(held).tanh();
    return State.of(n.plus(z.times(h.minus(n))));
  }

  private Stacked stacked() {
    return new Stacked(3, d);
  }
}
