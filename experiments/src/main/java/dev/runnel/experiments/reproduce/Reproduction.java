package dev.runnel.experiments.reproduce;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.run.Scans;
import dev.runnel.experiments.statistics.Summary;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.study.Study;
import dev.runnel.experiments.study.StudyProgress;
import dev.runnel.experiments.study.StudyView;
import dev.runnel.experiments.study.TrialView;
import dev.runnel.experiments.study.Workplace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Trains for the rows of a table: a study a dataset, whose arms are models.
 *
 * @param settings {@code key=value} each, over all others; they are told as deviations from the protocol
 * @param folder of all its studies
 */
public record Reproduction(PublishedTable table, List<String> settings, Path folder) {

  /**
   * A row, published and here.
   *
   * @param published what the paper says
   * @param ours one value a seed, in the paper's unit; empty where it was not run
   * @param seconds mean of a trial's training
   * @param note why it was not run, or what is another than published
   */
  public record Row(PublishedTable.Row published, double[] ours, double seconds, @Nullable String note) {

    /** Mean and population deviation, as the papers give them; null where nothing was run. */
    public @Nullable Summary summary() {
      return ours.length == 0 ? null : Summary.of(ours);
    }

    /** Whether our mean is further from theirs than their deviation. */
    public boolean deviates() {
      var summary = summary();
      return summary != null && published.mean() != null && published.deviation() != null
          && Math.abs(summary.mean() - published.mean()) > published.deviation();
    }

    /** The names that scripts read. */
    public Map<String, Object> json() {
      var json = new LinkedHashMap<String, Object>();
      json.put("model", published.model());
      json.put("dataset", published.dataset());
      json.put("published", published.mean());
      json.put("published_deviation", published.deviation());
      var summary = summary();
      json.put("ours", summary == null ? null : summary.mean());
      json.put("deviation", summary == null ? null : summary.populationDeviation());
      json.put("n", ours.length);
      json.put("deviates", deviates());
      json.put("seconds", seconds);
      json.put("note", note);
      return json;
    }
  }

  /** Runs what is missing; rows whose data are not at hand say so and cost nothing. */
  public List<Row> run(Workplace workplace, int jobs, StudyProgress progress) {
    var refused = new LinkedHashMap<String, String>();
    var studies = new LinkedHashMap<String, Study>();
    for (var row : table.rows()) {
      var config = Configs.trial(table.base(), table.settings(row), settings.toArray(String[]::new));
      try {
        workplace.trials().source(config.data());
      } catch (IllegalArgumentException e) {
        refused.put(row.dataset(), OneLine.of(e));
        continue;
      }
      var study = studies.computeIfAbsent(row.dataset(), dataset -> Study.of(table.name() + "-" + dataset, table.base())
          .seeds(table.seeds().stream().mapToLong(seed -> seed).toArray()));
      studies.put(row.dataset(), study.arm(row.model(), table.settings(row).toArray(String[]::new)));
    }
    var views = new LinkedHashMap<String, StudyView>();
    studies.forEach((dataset, study) -> {
      if (!workplace.stop().now()) {
        var plan = study.plan(workplace.trials(), settings);
        views.put(dataset, plan.run(folder.resolve(dataset), jobs, workplace, progress));
      }
    });
    var rows = new ArrayList<Row>();
    for (var row : table.rows()) {
      rows.add(row(row, views.get(row.dataset()), refused.get(row.dataset())));
    }
    return rows;
  }

  private Row row(PublishedTable.Row row, @Nullable StudyView view, @Nullable String why) {
    if (view == null) {
      return new Row(row, new double[0], 0, why == null ? "stopped before it was run" : "not run: " + why);
    }
    var done = view.chosen(row.model());
    String note = settings.isEmpty() ? null : "with " + String.join(", ", settings);
    if (done.size() < table.seeds().size()) {
      note = "%d of %d seeds done%s".formatted(done.size(), table.seeds().size(), note == null ? "" : "; " + note);
    }
    ToDoubleFunction<TrialView> measured = switch (table.measure()) {
      case TEST_ACCURACY -> trial -> 100 * trial.done().testAccuracy();
      case ITERATIONS -> Reproduction::iterations;
      case SECONDS_PER_1000_STEPS -> trial -> trial.done().msPerStep();
    };
    double seconds = done.stream().mapToDouble(trial -> trial.done().seconds()).average().orElse(0);
    return new Row(row, done.stream().mapToDouble(measured).toArray(), seconds, note);
  }

  /** As the trial's callback {@code observe} saw them. */
  private static double iterations(TrialView trial) {
    return Scans.of(trial.run()).rows().stream().map(Scans.Row::iterations).filter(Objects::nonNull)
        .mapToDouble(iterations -> Objects.requireNonNull(iterations)).average().orElse(Double.NaN);
  }
}
