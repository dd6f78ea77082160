package dev.runnel.models.attention;

import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.blocks.Blockwise;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code softmax(Q K^T / sqrt E) V} over rows {@code (R, T, E)} (Vaswani et al. 2017), a block of queries after the
 * other: only one block's scores, {@code (R, block, T)}, are in memory at a time, in training too. There are no second
 * derivatives.
 *
 * @param block queries at a time
 * @param causal whether a query reads no key after its own step
 */
public record Attention(int block, boolean causal) {
  /** Stands for minus infinity: no score of finite numbers of interest is below. */
  private static final double NEVER = -1e30;

  public Attention {
    if (block < 1) {
      throw new IllegalArgumentException("attention: blocks of 1 query or more expected, %d came".formatted(block));
    }
  }

  /**
   * Applies it.
   *
   * @param q {@code (R, T, E)}, as K and V
   * @param seen {@code (R, 1, T)}, 1 where a key may be read, else 0; a query that may read none gives zeros
   * @return {@code (R, T, E)}
   */
  public Tensor apply(Tensor q, Tensor k, Tensor v, Tensor seen) {
    var shape = q.shape();
    boolean fits =
        shape.rank() == 3
            && k.shape().equals(shape)
            && v.shape().equals(shape)
            && seen.shape().equals(Shape.of(shape.get(0), 1, shape.get(1)));
    if (!fits) {
      throw new IllegalArgumentException(
          "attention: Q, K, V (R, T, E) and a mask (R, 1, T) expected, %s came"
              .formatted(Stream.of(q, k, v, seen).map(Tensor::shape).toList()));
    }
    if (shape.size() == 0) {
      return q;
    }
    int steps = shape.get(1);
    int size = Math.min(block, steps);
    int count = Math.ceilDiv(steps, size);
    var positions = q.tape().iota(Shape.of(1, count * size), 1).reshape(1, count, size);
    var out =
        Blockwise.apply(
            "attention", count, List.of(k, v, seen), List.of(Blockwise.cut(q, size), positions), this::ofBlock);
    return Blockwise.joined(out.getFirst(), steps);
  }

  private List<Tensor> ofBlock(List<Tensor> whole, List<Tensor> block) {
    var q = block.get(0);
    var scores = q.matmulTransposed(whole.get(0)).times(1 / Math.sqrt(q.shape().last()));
    var may = whole.get(2);
    if (causal) {
      var key = scores.tape().iota(Shape.of(1, 1, scores.shape().last()), 2);
      may = may.times(key.less(block.get(1).unsqueeze(-1).plus(1)).toFloat());
    }
    var read = may.broadcastTo(scores.shape()).greater(0);
    var held = read.select(scores, NEVER);
    var grown = read.select(held.minus(held.max(2).unsqueeze(-1).stopGradient()).exp(), 0);
    var weights = grown.div(grown.sum(2).unsqueeze(-1).maximum(Float.MIN_NORMAL));
    return List.of(weights.matmul(whole.get(1)));
  }
}
