package dev.runnel.models.gated;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * The minimal gated unit (Zhou et al. 2016), diagonal; a GRU whose two gates are one:
 *
 * <pre>{@code
 * f = sig(W_f u + b_f + a_f x)     c = tanh(W_c u + b_c + a_c f x)
 * x <- (1 - f) x + f c
 * }</pre>
 */
public record Mgu(int d) implements Cell {

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return new Gates(d).drives(p, u, "f", "c");
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var gates = new Gates(d);
    var x = state.first();
    var f = gates.of(p, u, "f", x).sigmoid();
    var c = gates.of(p, u, "c", f.times(x)).tanh();
    return State.of(x.plus(f.times(c.minus(x))));
  }
}
