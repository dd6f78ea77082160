package dev.runnel.experiments.study;

import dev.runnel.experiments.config.Configs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A study as HOCON says it. Only {@code name} and {@code base} have to be there.
 *
 * @param name what reports call it
 * @param base a trial's config: a file or a shipped name
 * @param set {@code key=value} settings over the base, for all arms
 * @param arms what is compared; none is one arm that is the base
 * @param axes points at which each arm is tried, multiplied; the best by validation is what an arm is judged by
 * @param random points drawn at random, multiplied too
 * @param exclude axes whose points are left out, with all points that have all of one's values
 * @param seeds of each point
 * @param halving rungs of successive halving
 * @param rules retries and limits
 */
public record StudyConfig(String name, String base, List<String> set, List<Arm> arms, List<Axis> axes,
    @Nullable Random random, List<Axis> exclude, List<Long> seeds, @Nullable Halving halving, Rules rules) {

  private static final Configs.Shelf SHIPPED = new Configs.Shelf("studies", List.of("gestures-elastance", "SelfRegulationSCP1-ablation", "SelfRegulationSCP1-models",
          "UWaveGestureLibrary-models"));

  /** The study of a file or a shipped name. */
  public static Study read(String study) {
    return Configs.read(StudyConfig.class, study, SHIPPED).study();
  }

  /** An arm: settings over the study's, and another base where it names one. */
  public record Arm(String name, @Nullable String base, @Nullable List<String> set) {}

  /** One key's values, or others zipped or united. */
  public record Axis(@Nullable String key, @Nullable List<Object> values, @Nullable List<Axis> zip,
      @Nullable List<Axis> union, @Nullable List<Axis> product) {

    Axes axes() {
      int said = (key == null ? 0 : 1) + (zip == null ? 0 : 1) + (union == null ? 0 : 1) + (product == null ? 0 : 1);
      if (said != 1 || (key == null) != (values == null)) {
        throw new IllegalArgumentException("axes: one of 'key' with 'values', 'zip', 'union' or 'product' expected");
      }
      if (key != null && values != null) {
        return Axes.of(key, values.toArray());
      }
      return zip != null ? zip.stream().map(Axis::axes).reduce(Axes::zip).orElse(Axes.NONE)
          : union != null ? union.stream().map(Axis::axes).reduce(Axes::plus).orElse(Axes.NONE)
          : product(product == null ? List.of() : product);
    }

    static Axes product(List<Axis> axes) {
      return axes.stream().map(Axis::axes).reduce(Axes::times).orElse(Axes.NONE);
    }
  }

  /** Draws at random. */
  public record Random(int draws, long seed, List<Range> ranges) {}

  /** A range to draw from; uniform reals unless it says otherwise. */
  public record Range(String key, double from, double to, @Nullable Boolean log, @Nullable Boolean whole) {}

  /** The study that it says. */
  Study study() {
    Axes all = Axis.product(axes);
    if (random != null) {
      all = all.times(Axes.random(random.draws, random.seed, random.ranges.stream()
          .map(r -> new Axes.Range(r.key, r.from, r.to, Boolean.TRUE.equals(r.log), Boolean.TRUE.equals(r.whole)))
          .toList()));
    }
    for (Axis excluded : exclude) {
      all = all.minus(excluded.axes());
    }
    var study = new Study(name, base, set, List.of(), all, seeds, rules, halving);
    for (Arm arm : arms) {
      study = study.and(arm.name, arm.base == null ? base : arm.base, arm.set == null ? List.of() : arm.set);
    }
    return study;
  }
}
