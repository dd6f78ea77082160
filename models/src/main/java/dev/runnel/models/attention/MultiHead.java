package dev.runnel.models.attention;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.Pooling;
import dev.runnel.ssm.Carried;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention with several heads (Vaswani et al. 2017, 3.2.2): {@code concat_i(softmax(Q_i K_i^T / sqrt E) V_i)
 * W_o + b_o}, {@code E = H / heads}. Parameters {@code in_proj (3H, H)} with bias and {@code out_proj (H,
 * H)} with bias, in {@link Linear}'s names. Steps past a row's end are not read.
 *
 * @param heads must divide H
 * @param block queries at a time: memory grows with {@code block T}
 * @param causal whether a step reads no later one
 * @param positions how steps tell where they are
 */
public record MultiHead(int heads, int block, boolean causal, Positions positions) implements Layer {

  /** How attention knows the order of steps. */
  public enum Positions {
    /** By the encoder, {@link Sinusoids}. */
    NONE,
    /**
     * Rotary (Su et al. 2021, arXiv 2104.09864, equation 34): in Q and K the pair {@code (x_j, x_(j + E/2))} of step
     * t is turned by {@code t 10000^(-2j/E)}, so that products depend on distances alone. E must be even.
     */
    ROTARY
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    Carried.refuse(p, "attention");
    int rows = x.shape().get(0);
    int steps = x.shape().get(1);
    int features = x.shape().get(2);
    if (heads < 1 || features % heads != 0) {
      throw new IllegalArgumentException("attention: heads that divide %d expected, %d came".formatted(features, heads));
    }
    int width = features / heads;
    var whole = Pooling.masked(x, lengths);
    var all = xavier(3 * features, features).apply(p.scope("in_proj"), whole);
    var q = turned(headed(all.slice(-1, 0, features), width));
    var k = turned(headed(all.slice(-1, features, 2 * features), width));
    var v = headed(all.slice(-1, 2 * features, 3 * features), width);
    var seen =
        lengths == null
            ? x.tape().constant(x.type(), 1, Shape.of(rows * heads, 1, steps))
            : Pooling.running(x, lengths).toFloat().reshape(rows, 1, steps)
                .broadcastTo(Shape.of(rows, heads, steps)).reshape(rows * heads, 1, steps);
    var y = new Attention(block, causal).apply(q, k, v, seen)
        .reshape(rows, heads, steps, width).transpose(0, 2, 1, 3).reshape(rows, steps, features);
    return xavier(features, features).apply(p.scope("out_proj"), y);
  }

  /** Uniform weights whose variance is {@code 2 / (in + out)} (Glorot, Bengio 2010), bias 0. */
  private static Linear xavier(int features, int counted) {
    return new Linear(
        features,
        in -> {
          double bound = Math.sqrt(6.0 / (in + counted));
          return Init.uniform(-bound, bound);
        },
        in -> Init.zeros());
  }

  /** {@code (B, T, H)} to {@code (B heads, T, E)}. */
  private Tensor headed(Tensor x, int width) {
    int rows = x.shape().get(0);
    int steps = x.shape().get(1);
    return x.reshape(rows, steps, heads, width).transpose(0, 2, 1, 3).reshape(rows * heads, steps, width);
  }

  private Tensor turned(Tensor x) {
    if (positions == Positions.NONE) {
      return x;
    }
    int width = x.shape().last();
    if (width % 2 != 0) {
      throw new IllegalArgumentException("attention: an even width of heads expected for rotary, %d came".formatted(width));
    }
    var angles = Sinusoids.angles(x.tape(), x.shape().get(1), width / 2).unsqueeze(0);
    var a = x.slice(-1, 0, width / 2);
    var b = x.slice(-1, width / 2, width);
    var cos = angles.cos();
    var sin = angles.sin();
    return Tensor.concat(-1, a.times(cos).minus(b.times(sin)), a.times(sin).plus(b.times(cos)));
  }
}
