package dev.runnel.autodiff.optimise;

import dev.runnel.autodiff.Tensor;

/**
 * Adam (Kingma, Ba 2015, Algorithm 1); with the decay of {@link Optimiser} it is AdamW:
 *
 * <pre>{@code
 * m <- beta1 m + (1 - beta1) g          v <- beta2 v + (1 - beta2) g^2
 * change = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * }</pre>
 *
 * <p>Keeps {@code optimiser.m.<path>} and {@code optimiser.v.<path>}.
 */
public record Adam(double beta1, double beta2, double epsilon) implements Optimiser.Rule {

  public Adam {
    Optimiser.check("beta1", beta1, beta1 >= 0 && beta1 < 1, "in [0, 1)");
    Optimiser.check("beta2", beta2, beta2 >= 0 && beta2 < 1, "in [0, 1)");
    Optimiser.check("epsilon", epsilon, epsilon > 0, "more than 0");
  }

  /** The usual constants, without decay and clipping. */
  public static Optimiser of(double rate) {
    return Optimiser.of(new Adam(0.9, 0.999, 1e-8), rate);
  }

  @Override
  public Tensor change(String path, Tensor g, Tensor step) {
    var tape = g.tape();
    var now = step.plus(1);
    var m = Optimiser.kept(tape, "m", path, g);
    var v = Optimiser.kept(tape, "v", path, g);
    var newM = m.times(beta1).plus(g.times(1 - beta1));
    var newV = v.times(beta2).plus(g.times(g).times(1 - beta2));
    tape.assign(m, newM);
    tape.assign(v, newV);
    return newM.times(correction(now, beta1)).div(newV.times(correction(now, beta2)).sqrt().plus(epsilon));
  }

  /** {@code 1 / (1 - beta^t)}. */
  private static Tensor correction(Tensor t, double beta) {
    return t.tape().constant(1).div(t.toFloat().times(Math.log(beta)).expm1().unaryMinus());
  }
}
