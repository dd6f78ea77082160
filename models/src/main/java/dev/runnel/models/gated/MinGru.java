package dev.runnel.models.gated;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * minGRU (Feng et al. 2024, arXiv 2410.01201): gate and candidate read the input alone, so the recurrence is linear in
 * its state, and convex.
 *
 * <pre>{@code
 * z = sig(W_z u + b_z)     x <- (1 - z) x + z (W_c u + b_c)
 * }</pre>
 */
public record MinGru(int d) implements Cell {

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return new Gates(d).drives(p, u, "z", "c");
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var x = state.first();
    return State.of(x.plus(u.get("z").sigmoid().times(u.get("c").minus(x))));
  }
}
