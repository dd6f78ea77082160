package dev.runnel.models.blocks;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import org.jspecify.annotations.Nullable;

/** {@code weight x / sqrt(mean(x^2) + epsilon)} over the features of each step (Zhang, Sennrich 2019). */
public record RmsNorm(double epsilon) implements Layer {

  /** Epsilon 1e-5. */
  public RmsNorm() {
    this(1e-5);
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    var weight = p.parameter("weight", Shape.of(x.shape().last()), Init.constant(1));
    return x.times(x.times(x).mean(-1).unsqueeze(-1).plus(epsilon).rsqrt()).times(weight);
  }
}
