package dev.runnel.models.blocks;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import org.jspecify.annotations.Nullable;

/**
 * In training each number is kept with probability {@code 1 - rate} and divided by it, else 0 (Srivastava et al.
 * 2014); otherwise nothing is changed.
 *
 * <p>What is kept is a function of the variable {@code seed} and the position. It begins with the trial's seed and the
 * path, and each run in training moves it on by one, so that a run that is resumed drops what it would have dropped.
 *
 * @param rate in [0, 1)
 * @param over whether steps of a row are dropped each for itself
 */
public record Dropout(double rate, Over over) implements Layer {

  /** What a decision to drop covers. */
  public enum Over {
    /** One number. */
    EACH,
    /** One feature at all steps of a row, as S4, S5 and LRU train. */
    TIME
  }

  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout: a rate in [0, 1) expected, " + rate + " came");
    }
  }

  /** Each number for itself. */
  public static Dropout of(double rate) {
    return new Dropout(rate, Over.EACH);
  }

  /** One decision for all steps of a row. */
  public static Dropout tied(double rate) {
    return new Dropout(rate, Over.TIME);
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    if (rate == 0 || !p.isTraining()) {
      return x;
    }
    var tape = x.tape();
    var seed = p.state("seed", DType.I32, Shape.of(), (values, shape, random) -> values[0] = random.nextInt());
    tape.assign(seed, seed.plus(1));
    var decided = over == Over.TIME ? x.shape().with(1, 1) : x.shape();
    return tape.uniform(decided, seed, p.path().hashCode()).less(rate).select(0, x.times(1 / (1 - rate)));
  }
}
