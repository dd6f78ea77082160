package dev.runnel.models.lrc;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.Linear;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * The LRC cell with complex states (Farsang et al. 2025, Appendix E), as the authors' code runs it: the equations of
 * {@link Lrc} in its form CODE with sigmoid and tanh of complex numbers, where w and q are complex, and slope and shift
 * too if asked for; imaginary parts are parameters {@code .._im}.
 *
 * <p>Sigmoid and tanh have poles: nothing bounds the state.
 *
 * @param d states
 */
public record ComplexLrc(int d, Parts parts) implements Cell {

  /** Which parameters of the state's branch are complex. */
  public enum Parts {
    /** The conductances w and q. */
    G_K,
    /** Slopes as well. */
    G_K_A,
    /** Shifts as well: what the published code runs. */
    G_K_A_B
  }

  @Override
  public StateShape state() {
    return StateShape.of(d).paired();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return new Lrc(d).drive(p, u);
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var x = Complex.of(state);
    var slope = lane(p, "slope", parts != Parts.G_K);
    var shift = lane(p, "shift", parts == Parts.G_K_A_B);
    var psi = slope.times(x.minus(shift)).sigmoid();
    var leak = lane(p, "leak");
    var f = lane(p, "w", true).times(psi).plus(real(u.get("f").plus(leak)));
    var z = lane(p, "q", true).times(psi).plus(real(u.get("z").plus(leak)));
    var el = x.times(lane(p, "kernel")).plus(real(lane(p, "bias"))).sigmoid();
    var change = z.tanh().times(lane(p, "e")).minus(f.sigmoid().times(x));
    return x.plus(el.times(change)).state();
  }

  private static Complex real(Tensor x) {
    return new Complex(x, x.like(0));
  }

  private Complex lane(Scope p, String name, boolean complex) {
    return complex ? new Complex(lane(p, name), lane(p, name + "_im")) : real(lane(p, name));
  }

  private Tensor lane(Scope p, String name) {
    return p.parameter(name, Shape.of(d), Linear.bounded(d));
  }
}
