package dev.runnel.models;

import dev.runnel.autodiff.Tensor;
import org.jspecify.annotations.Nullable;

/** From a row's steps to one vector. */
public final class Pooling {
  private Pooling() {}

  /** Mean over time of {@code (B, T, F)}; over each row's own length where lengths are given. */
  public static Tensor mean(Tensor x, @Nullable Tensor lengths) {
    if (lengths == null) {
      return x.mean(1);
    }
    var count = lengths.toFloat().maximum(1).unsqueeze(-1);
    return running(x, lengths).select(x, 0).sum(1).div(count);
  }

  /** 1 where a step of {@code (B, T, F)} lies before its row's end, else 0: I32 {@code (B, T, 1)}. */
  public static Tensor running(Tensor x, Tensor lengths) {
    return x.tape().iota(x.shape().range(0, 2), 1).less(lengths.unsqueeze(1)).unsqueeze(-1);
  }
}
