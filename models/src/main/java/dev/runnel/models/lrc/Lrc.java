package dev.runnel.models.lrc;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * The LRC cell with a diagonal Jacobian, as the authors' code runs it (Farsang et al. 2025, Section 3):
 *
 * <pre>{@code
 * phi_j = sig(input_slope_j (u_j - input_shift_j))        psi_i = sig(slope_i (x_i - shift_i))
 * f = leak + W phi + w psi                                 z = leak + Q phi + q psi
 * el = sig(kernel x + bias)                                asymmetric
 * el = sig(kernel x + bias + s) - sig(kernel x + bias - s) symmetric, s = elastance_shift
 * x <- x + dt el (e tanh(z) - sig(f) x)
 * }</pre>
 *
 * <p>Inputs {@code (B, T, P)}, states {@code (B, T, D)}; W and Q are (D, P). Every parameter begins uniform
 * on {@code (-1/sqrt D, 1/sqrt D)}. Nothing holds |dx_t/dx_(t-1)| below 1.
 *
 * @param d states
 * @param elastance the inverse of the capacitance, which makes the time constant liquid
 * @param dt step of the explicit Euler rule; 1 in the paper
 */
public record Lrc(int d, Elastance elastance, double dt) implements Cell {

  /** How elastance depends on the state. */
  public enum Elastance {
    ASYMMETRIC,
    SYMMETRIC
  }

  public Lrc(int d) {
    this(d, Elastance.ASYMMETRIC, 1);
  }

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    int inputs = u.shape().last();
    var slope = p.parameter("input_slope", Shape.of(inputs), init());
    var shift = p.parameter("input_shift", Shape.of(inputs), init());
    var phi = slope.times(u.minus(shift)).sigmoid();
    return Drives.of("f", phi.matmulTransposed(p.parameter("W", Shape.of(d, inputs), init())))
        .and("z", phi.matmulTransposed(p.parameter("Q", Shape.of(d, inputs), init())));
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var x = state.first();
    var leak = lane(p, "leak");
    var psi = lane(p, "slope").times(x.minus(lane(p, "shift"))).sigmoid();
    var f = u.get("f").plus(leak).plus(lane(p, "w").times(psi)).sigmoid();
    var z = u.get("z").plus(leak).plus(lane(p, "q").times(psi)).tanh();
    var change = lane(p, "e").times(z).minus(f.times(x));
    return State.of(x.plus(elastance(p, x).times(change).times(dt)));
  }

  private Tensor elastance(Scope p, Tensor x) {
    var r = lane(p, "kernel").times(x).plus(lane(p, "bias"));
    return switch (elastance) {
      case ASYMMETRIC -> r.sigmoid();
      case SYMMETRIC -> {
        var s = lane(p, "elastance_shift");
        yield r.plus(s).sigmoid().minus(r.minus(s).sigmoid());
      }
    };
  }

  private Tensor lane(Scope p, String name) {
    return p.parameter(name, Shape.of(d), init());
  }

  private Init init() {
    double bound = 1 / Math.sqrt(d);
    return Init.uniform(-bound, bound);
  }
}
