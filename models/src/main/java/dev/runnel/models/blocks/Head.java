package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.Pooling;
import dev.runnel.ssm.Carried;
import org.jspecify.annotations.Nullable;

/** What is wanted of sequences {@code (B, T, H)}; each has one linear map. */
public sealed interface Head extends Layer {

  /** {@code linear(pool(x))}, {@code (B, out)}: class scores, or numbers that a whole sequence has. */
  record OfPooled(Linear linear, Pooling pooling) implements Head {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      return linear.apply(p, pooling.apply(p, x, lengths));
    }
  }

  /** {@code pool(linear(x))}, {@code (B, out)}: the mean of each step's class scores. */
  record PooledLogits(Layer linear, Pooling pooling) implements Head {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      return pooling.apply(p, linear.apply(p, x, lengths), lengths);
    }
  }

  /**
   * {@code activation(linear(x_t))} at every {@code every}-th step, {@code (B, T / every, out)}: steps {@code every -
   * 1, 2 every - 1, ..} counted from 0; 1 for each step.
   */
  record Steps(Linear linear, int every, Activation activation) implements Head {
    public Steps {
      if (every < 1) {
        throw new IllegalArgumentException("head: every 1 or more steps expected, " + every + " came");
      }
    }

    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      var shape = x.shape();
      if (Carried.by(p) && shape.get(1) % every != 0) {
        throw new IllegalArgumentException(
            "head: chunks of a multiple of %d steps expected, %d came".formatted(every, shape.get(1)));
      }
      int count = shape.get(1) / every;
      var grouped = x.slice(1, 0, count * every).reshape(shape.get(0), count, every, shape.last());
      return activation.apply(linear.apply(p, grouped.at(2, every - 1)));
    }
  }

  /** The {@code horizon} steps that follow a row's last one, {@code (B, horizon, channels)}, from its last features. */
  record Forecast(int horizon, int channels) implements Head {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      return Linear.uniform(horizon * channels)
          .apply(p, Pooling.LAST.apply(p, x, lengths))
          .reshape(x.shape().get(0), horizon, channels);
    }
  }

  /** Class scores from pooled features, PyTorch's initial weights. */
  static Head classes(int classes, Pooling pooling) {
    return new OfPooled(Linear.uniform(classes), pooling);
  }
}
