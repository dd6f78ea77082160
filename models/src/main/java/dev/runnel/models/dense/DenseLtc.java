package dev.runnel.models.dense;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * The liquid time constant network (Hasani et al. 2021, arXiv 2006.04439): {@code x' = -(1/tau + f) x + f A}, its f a
 * layer of sigmoids, solved by the paper's fused step (equation 3), {@code unfolds} of them a step of the sequence:
 *
 * <pre>{@code
 * f = sig(W u + U x + b)     x <- (x + h f A) / (1 + h (1/tau + f)),  h = dt / unfolds
 * }</pre>
 *
 * <p>f is in (0, 1), hence a state never leaves the hull of 0, A and where it was. {@code weight_ih}, {@code weight_hh}
 * (W and U) and their biases, whose sum is b, begin uniform on {@code (-1/sqrt D, 1/sqrt D)}, A on (-1, 1), and {@code
 * log_tau} at 0.
 *
 * <p>The form with a sigmoid for each pair of states, as in the authors' code, is {@link DenseLrc}'s neuron LTC.
 *
 * @param unfolds fused steps
 * @param dt length of a step of the sequence
 */
public record DenseLtc(int d, int unfolds, double dt) implements DenseCell {
  public DenseLtc {
    if (unfolds < 1 || !(dt > 0 && dt < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "dense ltc: 1 unfold or more and a dt of more than 0 expected, %d and %s came".formatted(unfolds, dt));
    }
  }

  /** Six fused steps of a sixth each. */
  public DenseLtc(int d) {
    this(d, 6, 1);
  }

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    return Drives.of("u", new Stacked(1, d).ofInput(p, u));
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var x = state.first();
    var a = p.parameter("A", Shape.of(d), Init.uniform(-1, 1));
    var leak = p.parameter("log_tau", Shape.of(d), Init.zeros()).unaryMinus().exp();
    double h = dt / unfolds;
    for (int i = 0; i < unfolds; i++) {
      var f = u.get("u").plus(new Stacked(1, d).ofState(p, x, 0, 1)).sigmoid();
      x = x.plus(f.times(a).times(h)).div(f.plus(leak).times(h).plus(1));
    }
    return State.of(x);
  }
}
