package dev.runnel.experiments.study;

import dev.runnel.experiments.statistics.Interval;
import dev.runnel.experiments.statistics.Paired;
import dev.runnel.experiments.statistics.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A study's arms, each at its chosen point, by test accuracy; each compared with the first over the seeds that both have.
 *
 * @param rows in the order of arms
 */
public record StudyTable(List<Row> rows) {
  private static final double LEVEL = 0.95;

  /**
   * An arm.
   *
   * @param point that was chosen for it by validation
   * @param seeds of the trials that are done, rising
   * @param accuracies on the test part, in that order
   * @param seconds mean of a trial's training
   * @param against the first arm; null for the first, and where fewer than two seeds are in both
   * @param p of that paired test, by Holm for all arms together
   */
  public record Row(String arm, String point, List<Long> seeds, double[] accuracies, double seconds, long parameters,
      @Nullable Paired against, double p) {

    /** Mean and deviations; null where no trial is done. */
    public @Nullable Summary summary() {
      return accuracies.length == 0 ? null : Summary.of(accuracies);
    }

    /** Student's 95 % interval of the mean. */
    public Interval interval() {
      return Interval.t(LEVEL, accuracies);
    }

    /** The names that scripts read. */
    public Map<String, Object> json() {
      var json = new LinkedHashMap<String, Object>();
      json.put("name", arm);
      json.put("point", point);
      var summary = summary();
      if (summary != null) {
        json.put("mean", summary.mean());
        json.put("deviation", accuracies.length == 1 ? 0 : summary.sampleDeviation());
        json.put("population_deviation", summary.populationDeviation());
        if (accuracies.length > 1) {
          json.put("low", interval().low());
          json.put("high", interval().high());
        }
      }
      var each = new LinkedHashMap<String, Double>();
      for (int i = 0; i < accuracies.length; i++) {
        each.put(seeds.get(i).toString(), accuracies[i]);
      }
      json.put("per_seed", each);
      if (against != null) {
        json.put("difference", against.difference());
        json.put("p", p);
      }
      json.put("seconds", seconds);
      json.put("parameters", parameters);
      return json;
    }
  }

  /** Of what is done by now. */
  public static StudyTable of(StudyView view) {
    var arms = view.arms().stream().map(view::chosen).toList();
    var tests = new ArrayList<@Nullable Paired>();
    for (int i = 0; i < arms.size(); i++) {
      tests.add(i == 0 ? null : paired(arms.get(i), arms.getFirst()));
    }
    double[] p = tests.stream().filter(Objects::nonNull).mapToDouble(test -> Objects.requireNonNull(test).p()).toArray();
    double[] adjusted = Paired.holm(p);
    var rows = new ArrayList<Row>();
    int tested = 0;
    for (int i = 0; i < arms.size(); i++) {
      var arm = arms.get(i);
      var test = tests.get(i);
      rows.add(new Row(view.arms().get(i), arm.isEmpty() ? "" : arm.getFirst().point(),
          arm.stream().map(TrialView::seed).toList(), accuracies(arm),
          arm.stream().mapToDouble(t -> t.done().seconds()).average().orElse(0),
          arm.isEmpty() ? 0 : arm.getFirst().done().parameters(), test, test == null ? Double.NaN : adjusted[tested++]));
    }
    return new StudyTable(rows);
  }

  private static double[] accuracies(List<TrialView> trials) {
    return trials.stream().mapToDouble(trial -> trial.done().testAccuracy()).toArray();
  }

  private static @Nullable Paired paired(List<TrialView> arm, List<TrialView> first) {
    var mine = arm.stream().filter(a -> first.stream().anyMatch(b -> a.seed() == b.seed())).toList();
    var theirs = first.stream().filter(a -> arm.stream().anyMatch(b -> a.seed() == b.seed())).toList();
    return mine.size() < 2 ? null : Paired.of(accuracies(mine), accuracies(theirs));
  }

  /** For people, a line an arm. */
  public String text() {
    int width = rows.stream().mapToInt(row -> row.arm.length()).max().orElse(3);
    return String.join("\n", IntStream.range(0, rows.size()).mapToObj(i -> line(rows.get(i), width)).toList());
  }

  private static String line(Row row, int width) {
    var summary = row.summary();
    if (summary == null) {
      return ("%-" + width + "s  nothing is done").formatted(row.arm);
    }
    var line = new StringBuilder(("%-" + width + "s  %.4f").formatted(row.arm, summary.mean()));
    if (summary.n() > 1) {
      line.append(" +- %.4f, 95 %% in [%.4f, %.4f]".formatted(
          summary.sampleDeviation(), row.interval().low(), row.interval().high()));
    }
    line.append("  (n = %d, %.0f s a trial, %d parameters)".formatted(summary.n(), row.seconds, row.parameters));
    if (row.against != null) {
      line.append("  %+.4f, p = %.2g".formatted(row.against.difference(), row.p));
    }
    return line.append(row.point.isEmpty() ? "" : "  at " + row.point).toString();
  }
}
