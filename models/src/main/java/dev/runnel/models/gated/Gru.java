package dev.runnel.models.gated;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * The gated recurrent unit (Cho et al. 2014), diagonal:
 *
 * <pre>{@code
 * z = sig(W_z u + b_z + a_z x)     r = sig(W_r u + b_r + a_r x)
 * c = tanh(W_c u + b_c + a_c r x)
 * x <- (1 - z) x + z c
 * }</pre>
 */
public record Gru(int d) implements Cell {

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return new Gates(d).drives(p, u, "z", "r", "c");
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var gates = new Gates(d);
    var x = state.first();
    var z = gates.of(p, u, "z", x).sigmoid();
    var r = gates.of(p, u, "r", x).sigmoid();
    var c = gates.of(p, u, "c", r.times(x)).tanh();
    return State.of(x.plus(z.times(c.minus(x))));
  }
}
