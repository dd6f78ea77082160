package dev.runnel.models.blocks;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Pooling;
import org.jspecify.annotations.Nullable;

/**
 * {@code (x - mean) / sqrt(var + epsilon)} of each feature (Ioffe, Szegedy 2015). In training, mean and variance are
 * those of all steps of the batch that lie before their rows' ends; otherwise those kept in {@code running_mean} and
 * {@code running_var}, which each run in training moves by {@code momentum} towards the batch's.
 *
 * <p>As PyTorch does, the variance that divides is over n, the one that is kept over n - 1; Flax keeps the former.
 *
 * @param momentum share of the batch in what is kept; PyTorch's sense, one minus Flax's
 */
public record BatchNorm(LayerNorm.Affine affine, double momentum, double epsilon) implements Layer {

  /** With scale and shift, momentum 0.1, epsilon 1e-5. */
  public BatchNorm() {
    this(LayerNorm.Affine.LEARNT, 0.1, 1e-5);
  }

  public BatchNorm {
    if (!(momentum > 0 && momentum <= 1)) {
      throw new IllegalArgumentException("batch norm: a momentum in (0, 1] expected, " + momentum + " came");
    }
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    var features = Shape.of(x.shape().last());
    var tape = x.tape();
    var keptMean = p.state("running_mean", tape.type(), features, Init.zeros());
    var keptVariance = p.state("running_var", tape.type(), features, Init.constant(1));
    if (!p.isTraining()) {
      return affine.apply(p, x.minus(keptMean).times(keptVariance.plus(epsilon).rsqrt()));
    }
    // counted when it runs: other extents need no other kernels
    var count =
        lengths == null
            ? tape.constant(tape.type(), 1, x.shape().range(0, 2)).sum()
            : lengths.toFloat().sum().maximum(1);
    var mean = Pooling.masked(x, lengths).sum(0, 1).div(count);
    var centred = x.minus(mean);
    var squares = Pooling.masked(centred.times(centred), lengths).sum(0, 1);
    var variance = squares.div(count);
    moved(keptMean, mean);
    moved(keptVariance, squares.div(count.minus(1).maximum(1)));
    return affine.apply(p, centred.times(variance.plus(epsilon).rsqrt()));
  }

  private void moved(Tensor kept, Tensor seen) {
    kept.tape().assign(kept, kept.plus(seen.minus(kept).times(momentum)));
  }
}
