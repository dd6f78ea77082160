package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.Pooling;
import dev.runnel.ssm.Carried;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolution over time with zeros before a row's first step and past its end:
 * {@code y_t,o = b_o + sum_(i,k) W_o,i,k x_(t - reach + k),i}, parameters {@code weight (out, in, width)}
 * and {@code bias (out)}.
 */
public record Convolution(int out, int width, Reach reach) implements Layer {

  /** What a step sees. */
  public enum Reach {
    /** Itself and the {@code width - 1} steps before it. */
    CAUSAL,
    /** {@code (width - 1) / 2} steps before it and the rest after it. */
    CENTRED
  }

  public Convolution {
    if (out < 1 || width < 1) {
      throw new IllegalArgumentException(
          "convolution: a feature and a step or more expected, %d and %d came".formatted(out, width));
    }
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    int in = x.shape().last();
    if (reach == Reach.CENTRED) {
      Carried.refuse(p, "a centred convolution");
    }
    var seen = seen(p, "inputs", x, lengths, width, reach == Reach.CAUSAL ? width - 1 : (width - 1) / 2);
    var init = Linear.bounded(in * width);
    var weight = p.parameter("weight", Shape.of(out, in, width), init);
    return Tensor.concat(-1, seen)
        .matmulTransposed(weight.transpose(0, 2, 1).reshape(out, width * in))
        .plus(p.parameter("bias", Shape.of(out), init));
  }

  /**
   * For each tap what every step sees through it, {@code (B, T, ..)}, the one furthest back first: zeros before the
   * first step and past a row's end.
   *
   * @param name of what a stream carries: the last steps of the chunk before
   * @param before steps that the first tap looks back
   */
  static List<Tensor> seen(Scope p, String name, Tensor x, @Nullable Tensor lengths, int taps, int before) {
    int steps = x.shape().get(1);
    var seen = new ArrayList<Tensor>();
    if (Carried.by(p)) {
      var all = Tensor.concat(1, Carried.before(p, name, x.type(), x.shape().with(1, before), lengths), x);
      Carried.leave(p, name, all.slice(1, steps, steps + before));
      for (int k = 0; k < taps; k++) {
        seen.add(all.slice(1, k, k + steps));
      }
      return seen;
    }
    var whole = Pooling.masked(x, lengths);
    for (int k = 0; k < taps; k++) {
      seen.add(delayed(whole, before - k));
    }
    return seen;
  }

  /** Each step's value at the step before it; zeros at the first. */
  public static Tensor before(Scope p, String name, Tensor x) {
    return seen(p, name, x, null, 1, 1).getFirst();
  }

  /** {@code (B, T, ..)} moved {@code by} steps towards the end, or the beginning if negative; zeros come in. */
  public static Tensor delayed(Tensor x, int by) {
    int steps = x.shape().get(1);
    int kept = Math.max(0, steps - Math.abs(by));
    var zeros = x.tape().constant(x.type(), 0, x.shape().with(1, steps - kept));
    if (kept == 0 || by == 0) {
      return by == 0 ? x : zeros;
    }
    var parts = new ArrayList<Tensor>();
    parts.add(zeros);
    parts.add(x.slice(1, by > 0 ? 0 : steps - kept, by > 0 ? kept : steps));
    if (by < 0) {
      Collections.reverse(parts);
    }
    return Tensor.concat(1, parts);
  }
}
