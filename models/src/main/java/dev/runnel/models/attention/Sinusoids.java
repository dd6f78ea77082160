package dev.runnel.models.attention;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.ssm.Carried;
import org.jspecify.annotations.Nullable;

/**
 * A layer, and where each step lies (Vaswani et al. 2017, 3.5): to feature 2j of step t is added
 * {@code sin(t 10000^(-2j / H))}, to feature 2j + 1 the cosine. H must be even. Parameters are the layer's.
 */
public record Sinusoids(Layer layer) implements Layer {
  private static final double BASE = 10000;

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    Carried.refuse(p, "positions from a row's first step");
    var y = layer.apply(p, x, lengths);
    int steps = y.shape().get(1);
    int features = y.shape().get(2);
    if (features % 2 != 0) {
      throw new IllegalArgumentException("sinusoids: an even number of features expected, %d came".formatted(features));
    }
    var angles = angles(y.tape(), steps, features / 2);
    return y.plus(
        Tensor.concat(2, angles.sin().unsqueeze(-1), angles.cos().unsqueeze(-1)).reshape(1, steps, features));
  }

  /** {@code t 10000^(-j / count)}, {@code (T, count)}. */
  static Tensor angles(Tape tape, int steps, int count) {
    var shape = Shape.of(steps, count);
    var rates = tape.iota(shape, 1).toFloat().times(-Math.log(BASE) / count).exp();
    return tape.iota(shape, 0).toFloat().times(rates);
  }
}
