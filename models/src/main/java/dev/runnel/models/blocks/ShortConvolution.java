package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import org.jspecify.annotations.Nullable;

/**
 * Causal convolution of each feature by itself: {@code y_t,d = b_d + sum_k W_d,k x_(t - width + 1 + k),d}, parameters
 * {@code weight (H, 1, width)} and {@code bias (H)}; both begin uniform on {@code (-1/sqrt width, 1/sqrt width)}.
 */
public record ShortConvolution(int width) implements Layer {

  public ShortConvolution {
    if (width < 1) {
      throw new IllegalArgumentException("convolution: a width of 1 or more expected, " + width + " came");
    }
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    int features = x.shape().last();
    var weight = p.parameter("weight", Shape.of(features, 1, width), Linear.bounded(width));
    var seen = Convolution.seen(p, "inputs", x, lengths, width, width - 1);
    var y = p.parameter("bias", Shape.of(features), Linear.bounded(width)).broadcastTo(x.shape());
    for (int k = 0; k < width; k++) {
      var tap = weight.slice(2, k, k + 1).reshape(features);
      y = y.plus(seen.get(k).times(tap));
    }
    return y;
  }
}
