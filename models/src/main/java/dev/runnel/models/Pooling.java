package dev.runnel.models;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Carried;
import org.jspecify.annotations.Nullable;

/** From a row's steps to one vector, {@code (B, T, F)} to {@code (B, F)}; a row without steps gives zeros. */
public enum Pooling {
  /** Mean over each row's own steps. */
  MEAN {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      if (!Carried.by(p)) {
        return mean(x, lengths);
      }
      int more = x.shape().get(1);
      var steps = Carried.before(p, "steps", DType.I32, Shape.of(1), lengths).plus(more);
      var sum = x.sum(1);
      var before = Carried.before(p, "mean", x.type(), sum.shape(), lengths);
      var mean = before.plus(sum.minus(before.times(more)).div(steps.toFloat().maximum(1)));
      Carried.leave(p, "steps", steps);
      Carried.leave(p, "mean", mean);
      return mean;
    }
  },
  /** Each row's own last step. */
  LAST {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      if (!Carried.by(p)) {
        return last(x, lengths);
      }
      var before = Carried.before(p, "last", x.type(), x.shape().with(1, 1), lengths);
      var last = Tensor.concat(1, before, x).slice(1, x.shape().get(1), x.shape().get(1) + 1);
      Carried.leave(p, "last", last);
      return last.at(1, 0);
    }
  };

  /**
   * Pools; of a stream, all steps so far.
   *
   * @param p what a stream carries lies in it
   * @param lengths I32 {@code (B)}, or null where every row is whole
   */
  public abstract Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths);

  /** Mean over time of {@code (B, T, F)}; over each row's own length where lengths are given. */
  public static Tensor mean(Tensor x, @Nullable Tensor lengths) {
    if (lengths == null) {
      return x.mean(1);
    }
    var count = lengths.toFloat().maximum(1).unsqueeze(-1);
    return masked(x, lengths).sum(1).div(count);
  }

  /** The last step of {@code (B, T, F)}; of each row's own length where lengths are given. */
  public static Tensor last(Tensor x, @Nullable Tensor lengths) {
    int steps = x.shape().get(1);
    if (lengths == null) {
      return steps == 0 ? x.sum(1) : x.at(1, steps - 1);
    }
    var chosen = x.tape().iota(x.shape().range(0, 2), 1).equalTo(lengths.minus(1).unsqueeze(1)).unsqueeze(-1);
    return chosen.select(x, 0).sum(1);
  }

  /** {@code (B, T, F)} with zeros past each row's end, whatever is there. */
  public static Tensor masked(Tensor x, @Nullable Tensor lengths) {
    return lengths == null ? x : running(x, lengths).select(x, 0);
  }

  /** 1 where a step of {@code (B, T, F)} lies before its row's end, else 0: I32 {@code (B, T, 1)}. */
  public static Tensor running(Tensor x, Tensor lengths) {
    return x.tape().iota(x.shape().range(0, 2), 1).less(lengths.unsqueeze(1)).unsqueeze(-1);
  }

  /** The positions of {@code (B, T)} as rows of {@code (B T, F)}, those of each row's own steps backward: I32. */
  public static Tensor reversed(Tensor x, Tensor lengths) {
    var shape = Shape.of(x.shape().get(0), x.shape().get(1));
    var step = x.tape().iota(shape, 1);
    var own = lengths.unsqueeze(1);
    var from = step.less(own).select(own.minus(1).minus(step), step);
    return from.plus(x.tape().iota(shape, 0).times(shape.get(1)));
  }
}
