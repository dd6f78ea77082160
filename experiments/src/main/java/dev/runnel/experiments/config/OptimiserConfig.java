package dev.runnel.experiments.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a gradient becomes a step.
 *
 * @param name which method
 * @param rate learning rate
 * @param weightDecay decoupled decay; of use with {@link Method#ADAMW} only
 * @param clip largest norm of all gradients together; 0 for no clipping
 * @param groups parameters that go by other values; the first pattern that matches a path counts
 */
public record OptimiserConfig(Method name, double rate, double weightDecay, double clip, List<Group> groups) {
  /** The methods there are. */
  public enum Method {
    /** Adam (Kingma and Ba 2015). */
    ADAM,
    /** Adam with decoupled weight decay (Loshchilov and Hutter 2019). */
    ADAMW
  }

  /**
   * Parameters that go by other values.
   *
   * @param pattern paths with {@code *} for any text, as in {@code blocks.*.cell.*}; it must match a parameter
   * @param rate learning rate, where it is another; 0 freezes
   * @param weightDecay decay, where it is another
   */
  public record Group(String pattern, @Nullable Double rate, @Nullable Double weightDecay) {
    /** Checks the values. */
    public Group {
      Check.name("pattern", pattern);
      if (rate != null) {
        Check.that("rate", rate >= 0 && rate < Double.POSITIVE_INFINITY, "at least 0", rate);
      }
      if (weightDecay != null) {
        Check.that("weightDecay", weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY, "at least 0",
            weightDecay);
      }
    }
  }

  /** Checks the values; copies the list. */
  public OptimiserConfig {
    Check.that("rate", rate > 0 && rate < Double.POSITIVE_INFINITY, "more than 0", rate);
    Check.that("weightDecay", weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY, "at least 0", weightDecay);
    Check.that("clip", clip >= 0 && clip < Double.POSITIVE_INFINITY, "at least 0", clip);
    groups = List.copyOf(groups);
    boolean decays = weightDecay > 0;
    for (Group group : groups) {
      decays |= group.weightDecay != null && group.weightDecay > 0;
    }
    Check.that("weightDecay", name == Method.ADAMW || !decays, "0 with adam (use adamw to decay)",
        weightDecay > 0 ? weightDecay : "a group with more");
  }
}
