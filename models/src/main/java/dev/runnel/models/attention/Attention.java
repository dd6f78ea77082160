package dev.runnel.models.attention;

import dev.runnel.autodiff.Pass;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Site;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code softmax(Q K^T / sqrt E) V} over rows {@code (R, T, E)} (Vaswani et al. 2017), a block of queries after the
 * other: only one block's scores, {@code (R, block, T)}, are in memory at a time. The pullback computes them
 * again. It has no second derivative.
 *
 * <p>Operands Q, K, V {@code (R, T, E)} and {@code seen (R, 1, T)}, 1 where a key may be read, else 0; a query that may
 * read none gives zeros. The result is {@code (R, T, E)}.
 *
 * @param block queries at a time
 * @param causal whether a query reads no key after its own step
 */
public record Attention(int block, boolean causal) implements Primitive {
  /** Stands for minus infinity: no score of finite numbers of interest is below. */
  private static final double NEVER = -1e30;

  public Attention {
    if (block < 1) {
      throw new IllegalArgumentException("attention: blocks of 1 query or more expected, %d came".formatted(block));
    }
  }

  /** Applies it. */
  public Tensor apply(Tensor q, Tensor k, Tensor v, Tensor seen) {
    return q.tape().call(this, List.of(q, k, v, seen)).getFirst();
  }

  @Override
  public String name() {
    return "attention";
  }

  @Override
  public List<Spec> results(List<Spec> operands) {
    var q = operands.get(0).shape();
    boolean fits =
        q.rank() == 3
            && operands.get(1).shape().equals(q)
            && operands.get(2).shape().equals(q)
            && operands.get(3).shape().equals(Shape.of(q.get(0), 1, q.get(1)));
    if (!fits) {
      throw new IllegalArgumentException(
          "attention: Q, K, V (R, T, E) and a mask (R, 1, T) expected, %s came"
              .formatted(operands.stream().map(o -> o.shape().toString()).toList()));
    }
    return List.of(operands.getFirst());
  }

  /** Queries in blocks, and the positions in time that they have. */
  private record Blocks(int rows, int steps, int width, int size) {
    static Blocks of(Tensor q, int block) {
      var shape = q.shape();
      return new Blocks(shape.get(0), shape.get(1), shape.get(2), Math.min(block, Math.max(1, shape.get(1))));
    }

    int count() {
      return Math.ceilDiv(steps, size);
    }

    /** {@code (R, T, ..)} as {@code (R, count, size, ..)}, filled up with zeros. */
    Tensor cut(Tensor x) {
      var zeros = x.tape().constant(x.type(), 0, x.shape().with(1, count() * size - steps));
      return Tensor.concat(1, x, zeros).reshape(rows, count(), size, width);
    }

    Tensor joined(Tensor x) {
      return x.reshape(rows, count() * size, width).slice(1, 0, steps);
    }

    /** Each block's steps, {@code (1, count, size, 1)}. */
    Tensor positions(Tensor q) {
      return q.tape().iota(Shape.of(1, count() * size), 1).reshape(1, count(), size, 1);
    }
  }

  /** One block's weights, {@code (R, size, T)}, from its queries {@code (R, size, E)}. */
  private Tensor weights(Tensor q, Tensor keys, Tensor seen, Tensor position) {
    var scores = q.matmulTransposed(keys).times(1 / Math.sqrt(q.shape().last()));
    var may = seen;
    if (causal) {
      var key = scores.tape().iota(Shape.of(1, 1, scores.shape().last()), 2);
      may = may.times(key.less(position.plus(1)).toFloat());
    }
    var kept = may.broadcastTo(scores.shape());
    var held = kept.greater(0).select(scores, NEVER);
    var top = held.max(2).unsqueeze(-1);
    var grown = kept.times(held.minus(top).exp());
    return grown.div(grown.sum(2).unsqueeze(-1).maximum(Float.MIN_NORMAL));
  }

  private static Tensor block(Pass pass, Tensor x) {
    return pass.at(x).at(1, 0);
  }

  @Override
  public List<Tensor> expand(List<Tensor> operands) {
    var q = operands.get(0);
    if (q.shape().size() == 0) {
      return List.of(q);
    }
    var blocks = Blocks.of(q, block);
    var queries = blocks.cut(q);
    var positions = blocks.positions(q);
    var out = q.tape().repeat(blocks.count(), 1, false, List.of(), pass -> {
      var weights =
          weights(block(pass, queries), pass.whole(operands.get(1)), pass.whole(operands.get(3)), block(pass, positions));
      return new Pass.Left(List.of(), List.of(weights.matmul(pass.whole(operands.get(2))).unsqueeze(1)));
    });
    return List.of(blocks.joined(out.getFirst()));
  }

  @Override
  public List<@Nullable Tensor> pullback(
      List<Tensor> operands, List<Tensor> results, List<@Nullable Tensor> cotangents) {
    var given = cotangents.getFirst();
    if (given == null || operands.getFirst().shape().size() == 0) {
      return Arrays.asList(null, null, null, null);
    }
    var q = operands.get(0);
    var blocks = Blocks.of(q, block);
    var queries = blocks.cut(q);
    var slopes = blocks.cut(given);
    var positions = blocks.positions(q);
    var none = operands.get(1).like(0);
    var all = q.tape().repeat(blocks.count(), 1, false, List.of(none, none), pass -> {
      var keys = pass.whole(operands.get(1));
      var mine = block(pass, queries);
      var slope = block(pass, slopes);
      var weights = weights(mine, keys, pass.whole(operands.get(3)), block(pass, positions));
      var ofWeights = slope.matmulTransposed(pass.whole(operands.get(2)));
      var mean = weights.times(ofWeights).sum(2).unsqueeze(-1);
      var ofScores = weights.times(ofWeights.minus(mean)).times(1 / Math.sqrt(mine.shape().last()));
      return new Pass.Left(
          List.of(
              pass.carried(0).plus(ofScores.transpose(0, 2, 1).matmul(mine)),
              pass.carried(1).plus(weights.transpose(0, 2, 1).matmul(slope))),
          List.of(ofScores.matmul(keys).unsqueeze(1)));
    });
    return Arrays.asList(blocks.joined(all.get(2)), all.get(0), all.get(1), null);
  }

  /** All scores of a row at once, in double. */
  @Override
  public List<double[]> evaluate(List<Spec> operands, List<double[]> values) {
    var shape = operands.getFirst().shape();
    int steps = shape.get(1);
    int width = shape.get(2);
    double[] out = new double[values.get(0).length];
    double[] weights = new double[steps];
    for (int row = 0; row < shape.get(0); row++) {
      for (int t = 0; t < steps; t++) {
        double sum = weigh(values, weights, row, t, steps, width);
        for (int s = 0; s < steps && sum > 0; s++) {
          for (int e = 0; e < width; e++) {
            out[(row * steps + t) * width + e] += weights[s] / sum * values.get(2)[(row * steps + s) * width + e];
          }
        }
      }
    }
    return List.of(out);
  }

  private double weigh(List<double[]> values, double[] weights, int row, int t, int steps, int width) {
    double top = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < steps; s++) {
      double score = 0;
      for (int e = 0; e < width; e++) {
        score += values.get(0)[(row * steps + t) * width + e] * values.get(1)[(row * steps + s) * width + e];
      }
      boolean may = values.get(3)[row * steps + s] > 0 && (!causal || s <= t);
      weights[s] = may ? score / Math.sqrt(width) : Double.NEGATIVE_INFINITY;
      top = Math.max(top, weights[s]);
    }
    double sum = 0;
    for (int s = 0; s < steps; s++) {
      weights[s] = top == Double.NEGATIVE_INFINITY ? 0 : StrictMath.exp(weights[s] - top);
      sum += weights[s];
    }
    return sum;
  }

  @Override
  public void lower(Site site) {
    throw new IllegalStateException("attention: expected to be written as passes before it is lowered");
  }
}
