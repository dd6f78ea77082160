package dev.runnel.models.blocks;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import org.jspecify.annotations.Nullable;

/**
 * {@code (x - mean) / sqrt(var + epsilon)} over the features of each step (Ba et al. 2016), with scale {@code weight}
 * and shift {@code bias} if asked for.
 */
public record LayerNorm(Affine affine, double epsilon) implements Layer {

  /** With scale and shift, epsilon 1e-5. */
  public LayerNorm() {
    this(Affine.LEARNT, 1e-5);
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    return affine.apply(p, x.layerNorm(epsilon));
  }

  /** What follows a norm. */
  public enum Affine {
    NONE,
    /** {@code weight x + bias}, one of each a feature; 1 and 0 at first. */
    LEARNT;

    Tensor apply(Scope p, Tensor x) {
      if (this == NONE) {
        return x;
      }
      var features = Shape.of(x.shape().last());
      return x.times(p.parameter("weight", features, Init.constant(1)))
          .plus(p.parameter("bias", features, Init.zeros()));
    }
  }
}
