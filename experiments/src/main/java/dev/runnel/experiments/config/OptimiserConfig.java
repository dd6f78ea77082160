package dev.runnel.experiments.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a gradient becomes a step.
 *
 * @param name an optimiser's name
 * @param rate learning rate
 * @param weightDecay decoupled decay; not with {@code adam}
 * @param clip largest norm of all gradients together; 0 for no clipping
 * @param momentum of {@code sgd}
 * @param schedule how the rate goes from step to step
 * @param modelGroups whether the model's own groups hold where none of {@code groups} matches
 * @param groups parameters that go by other values; the first pattern that matches a path counts
 */
public record OptimiserConfig(
    String name,
    double rate,
    double weightDecay,
    double clip,
    double momentum,
    Schedule schedule,
    boolean modelGroups,
    List<Group> groups) {
  /**
   * How the rate goes, as a share of itself.
   *
   * @param name a schedule's name
   * @param warmup share of all steps, {@code epochs} times the batches of one, in which it rises to 1
   * @param least what it rises from, and what {@code cosine} falls to
   */
  public record Schedule(String name, double warmup, double least) {
    /** Checks the values. */
    public Schedule {
      Check.name("name", name);
      Check.that("warmup", warmup >= 0 && warmup < 1, "in [0, 1)", warmup);
      Check.that("least", least >= 0 && least <= 1, "in [0, 1]", least);
    }
  }

  /** With the usual momentum, a constant rate, and the model's groups. */
  public OptimiserConfig(String name, double rate, double weightDecay, double clip, List<Group> groups) {
    this(name, rate, weightDecay, clip, 0.9, new Schedule("constant", 0, 0), true, groups);
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
    Check.name("name", name);
    Check.that("rate", rate > 0 && rate < Double.POSITIVE_INFINITY, "more than 0", rate);
    Check.that("weightDecay", weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY, "at least 0", weightDecay);
    Check.that("clip", clip >= 0 && clip < Double.POSITIVE_INFINITY, "at least 0", clip);
    Check.that("momentum", momentum >= 0 && momentum < 1, "in [0, 1)", momentum);
    groups = List.copyOf(groups);
    boolean decays = weightDecay > 0;
    for (Group group : groups) {
      decays |= group.weightDecay != null && group.weightDecay > 0;
    }
    Check.that("weightDecay", !name.equals("adam") || !decays, "0 with adam (use adamw to decay)",
        weightDecay > 0 ? weightDecay : "a group with more");
  }
}
