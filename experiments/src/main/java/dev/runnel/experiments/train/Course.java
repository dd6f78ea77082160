package dev.runnel.experiments.train;

import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.optimise.Optimiser;

/**
 * The share of the learning rate after {@code t} steps: for {@code warmup} steps a line from {@code least} to 1, then,
 * up to step {@code total}, half a cosine back to {@code least} (Loshchilov, Hutter 2017):
 *
 * <pre>{@code
 * t < warmup   least + (1 - least) t / warmup
 * else         least + (1 - least) (1 + cos(pi min(1, (t - warmup) / (total - warmup)))) / 2
 * }</pre>
 *
 * @param total 0 for a rate that stays as the warm-up leaves it
 * @param least share of the rate to begin and end with, in [0, 1]
 */
public record Course(int warmup, int total, double least) implements Optimiser.Schedule {

  public Course {
    Optimiser.check("schedule.warmup", warmup, warmup >= 0, "0 or more");
    Optimiser.check("schedule.total", total, total == 0 || total > warmup, "0, or more than the warm-up's steps,");
    Optimiser.check("schedule.least", least, least >= 0 && least <= 1, "in [0, 1]");
  }

  @Override
  public Tensor factor(Tensor step) {
    var t = step.toFloat();
    var share = t.like(1);
    if (total > 0) {
      var done = t.minus(warmup).times(1.0 / (total - warmup)).minimum(1);
      share = done.times(Math.PI).cos().plus(1).times(0.5);
    }
    if (warmup > 0) {
      share = t.less(warmup).select(t.times(1.0 / warmup), share);
    }
    return share.times(1 - least).plus(least);
  }
}
