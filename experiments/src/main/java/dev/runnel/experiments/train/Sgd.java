package dev.runnel.experiments.train;

import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.optimise.Optimiser;

/**
 * Gradient descent with momentum (Polyak 1964): {@code change = m <- momentum m + g}, kept as {@code
 * optimiser.m.<path>}.
 */
public record Sgd(double momentum) implements Optimiser.Rule {

  public Sgd {
    Optimiser.check("momentum", momentum, momentum >= 0 && momentum < 1, "in [0, 1)");
  }

  @Override
  public Tensor change(String path, Tensor g, Tensor step) {
    if (momentum == 0) {
      return g;
    }
    var m = Optimiser.kept(g.tape(), "m", path, g);
    var next = m.times(momentum).plus(g);
    g.tape().assign(m, next);
    return next;
  }
}
