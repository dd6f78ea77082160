package dev.runnel.experiments.report;

import dev.runnel.experiments.modules.Verdict;
import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.Scans;
import dev.runnel.experiments.statistics.Ranks;
import dev.runnel.experiments.study.StudyTable;
import dev.runnel.experiments.study.StudyView;
import dev.runnel.experiments.study.TrialView;
import dev.runnel.experiments.train.Session;
import dev.runnel.experiments.train.Trials;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One page of HTML on one or several studies, that needs no network and no other file.
 *
 * <p>Figures are those of result.json, metrics.arrow and scans.arrow. Confusion, |J| and the phase portrait are those
 * of each arm's trial of median test accuracy (of an even number the upper one), whose weights are loaded for them; where
 * its data are not at hand a line says so.
 */
public final class Report {
  private static final int BINS = 40;

  private final Trials trials;
  private final Page page = new Page();

  private Report(Trials trials) {
    this.trials = trials;
  }

  /** The page. */
  public static String html(List<StudyView> studies, Trials trials) {
    var report = new Report(trials);
    studies.forEach(report::study);
    report.ranks(studies);
    return report.page.html(String.join(", ", studies.stream().map(StudyView::name).toList()));
  }

  /** The table for a paper, in Markdown. */
  public static String markdown(StudyView study) {
    return PaperTable.markdown(StudyTable.of(study));
  }

  /** The same in LaTeX. */
  public static String latex(StudyView study) {
    return PaperTable.latex(StudyTable.of(study));
  }

  private void study(StudyView study) {
    page.title(study.name());
    page.facts(Facts.of(study));
    Facts.warnings(study).forEach(page::warning);
    var arms = Facts.arms(study);
    if (!arms.isEmpty()) {
      page.heading("Arms", "Settings in which they differ.");
      page.table(arms.getFirst(), arms.subList(1, arms.size()));
    }
    var table = StudyTable.of(study);
    page.heading("Test accuracy, in per cent", "n seeds; their mean, deviation of the sample (s) and of the population "
        + "(sigma), Student's 95 % interval; difference from the first arm by a paired t-test over seeds, its p by "
        + "Holm for all arms, its effect d_z; seconds of training, trained parameters."
        + (study.trials().stream().allMatch(trial -> trial.point().isEmpty()) ? ""
            : " Each arm at the point, in brackets, that was best by validation accuracy."));
    page.table(PaperTable.HEAD, PaperTable.cells(table));
    page.beginColumns();
    var accuracies = new LinkedHashMap<String, double[]>();
    table.rows().stream().filter(row -> row.accuracies().length > 0)
        .forEach(row -> accuracies.put(row.arm(), Arrays.stream(row.accuracies()).map(a -> 100 * a).toArray()));
    if (accuracies.values().stream().mapToInt(each -> each.length).sum() > 1) {
      page.chart(Chart.intervals("Comparison", "A point a seed; the mean with its 95 % interval.", "test accuracy, %",
          accuracies));
    }
    curves(study);
    page.endColumns();
    learnt(study);
  }

  private void curves(StudyView study) {
    var curves = new Curves(study);
    String note = "Mean over seeds; the band is from the least to the largest seed.";
    chart("Training loss", note, curves.of(EpochMetrics::trainLoss), null);
    chart("Validation accuracy", note, curves.of(EpochMetrics::validationAccuracy), null);
    chart("Norm of the gradient", "Before clipping, mean of an epoch's steps. " + note,
        curves.of(EpochMetrics::gradientNorm), null);
    chart("Largest |J| while training", "Of all nonlinear scans on the first validation rows; dashed: 1. " + note,
        curves.ofScans(Scans.Row::largest, Math::max), 1.0);
    chart("Passes of the solver", "Mean over rows, most of all scans. " + note,
        curves.ofScans(Scans.Row::iterations, Math::max), null);
    curves.damaged().forEach(page::warning);
  }

  private void chart(String title, String note, List<Chart.Curve> curves, @Nullable Double level) {
    if (!curves.isEmpty()) {
      page.chart(Chart.curves(title, note, curves, level));
    }
  }

  private void learnt(StudyView study) {
    var jacobians = new LinkedHashMap<String, double[]>();
    var portraits = new LinkedHashMap<String, Portrait>();
    var certificates = new ArrayList<List<String>>();
    var skipped = new ArrayList<String>();
    page.heading("What was learnt", "By each arm's trial of median test accuracy, looked at on its test part.");
    page.beginColumns();
    for (String arm : study.arms()) {
      var done = study.chosen(arm).stream()
          .sorted(Comparator.comparingDouble((TrialView trial) -> trial.done().testAccuracy())).toList();
      if (done.isEmpty()) {
        skipped.add(arm + ": no trial is done");
        continue;
      }
      var median = done.get(done.size() / 2);
      switch (Learnt.of(median, trials)) {
        case Learnt.Skipped(String why) -> skipped.add(arm + ": not looked at: " + why);
        case Learnt.Looked looked -> {
          page.confusion("Confusion, " + arm, "Rows: the class; columns: what it was taken for. Seed %d, %d rows."
              .formatted(median.seed(), Arrays.stream(looked.confusion()).flatMapToInt(Arrays::stream).sum()),
              looked.classes(), looked.confusion());
          var seen = looked.seen();
          if (seen == null) {
            skipped.add(arm + ": has no scan of diagonal states, so no |J| and no portrait");
          } else {
            double[] jacobian = jacobian(seen);
            jacobians.put(arm, jacobian);
            portraits.put(arm, Portrait.of(seen, looked.labels(), looked.classes()));
            certificates.add(List.of(arm, "%.4f".formatted(Arrays.stream(jacobian).max().orElse(0)), "%.2f".formatted(
                100.0 * Arrays.stream(jacobian).filter(j -> j > 1).count() / Math.max(1, jacobian.length)),
                verdict(median)));
          }
        }
      }
    }
    page.endColumns();
    if (!certificates.isEmpty()) {
      page.heading("Stability", "|J| = |dx_t / dx_(t-1)| of the last scan, over steps and states of the rows that "
          + "portraits are of; and what is proved of a cell of this kind, its weights as they begin, for inputs in [-3, 3].");
      page.table(List.of("arm", "largest |J|", "above 1, %", "proved, as weights begin"), certificates);
    }
    skipped.forEach(page::note);
    page.beginColumns();
    if (!jacobians.isEmpty()) {
      page.chart(Chart.histogram("|J| of the last scan", "Share of steps and states.", "|J|", jacobians, BINS));
    }
    portraits.forEach((arm, portrait) -> page.chart(Chart.portrait("Phase portrait, " + arm,
        "States of the last scan along their principal components (with shares of variance), each over its deviation. "
            + "Bold: means of up to %d rows of a class; faint: two of these rows%s.".formatted(Portrait.ROWS_A_CLASS,
                portrait.stride() == 1 ? "" : ", a point every " + portrait.stride() + " steps"), portrait)));
    page.endColumns();
  }

  /** |J| of steps that rows have. */
  private static double[] jacobian(Session.Trajectories seen) {
    return IntStream.range(0, seen.jacobian().length)
        .filter(i -> i / seen.width() % seen.steps() < seen.lengths()[i / seen.width() / seen.steps()])
        .mapToDouble(i -> seen.jacobian()[i]).toArray();
  }

  /** What is proved of the cell that a model runs unless its options name another. */
  private String verdict(TrialView trial) {
    var registry = trials.registry();
    var model = registry.models().get(trial.config().model().name());
    Object other = trial.config().model().options().get("cell");
    String name = other instanceof String cell ? cell : model == null ? "" : model.cell();
    var cell = registry.cells().get(name);
    return cell == null ? "-" : Verdict.text(Verdict.of(cell, Verdict.USUAL)) + " (" + name + ")";
  }

  /** Ranks of the arms that all studies have, where there are several studies. */
  private void ranks(List<StudyView> studies) {
    var arms = studies.isEmpty() ? List.<String>of() : studies.getFirst().arms().stream()
        .filter(arm -> studies.stream().allMatch(study -> !study.chosen(arm).isEmpty())).toList();
    if (studies.size() < 2 || arms.size() < 2) {
      return;
    }
    double[][] scores = studies.stream().map(study -> arms.stream().mapToDouble(arm ->
        study.chosen(arm).stream().mapToDouble(t -> t.done().testAccuracy()).average().orElse(0)).toArray())
        .toArray(double[][]::new);
    var ranks = Ranks.of(scores);
    page.heading("Ranks over " + studies.size() + " studies", ("Friedman's p = %.3f, Iman and Davenport's %.3f; mean "
        + "ranks that are no farther apart than the critical difference, %.2f, do not differ by Nemenyi's test at 5 %% "
        + "(Demsar 2006).").formatted(ranks.p(), ranks.imanDavenport(), ranks.criticalDifference()));
    var order = new ArrayList<>(arms);
    order.sort(Comparator.comparingDouble(arm -> ranks.ranks().get(arms.indexOf(arm))));
    page.table(List.of("arm", "mean rank"), order.stream()
        .map(arm -> List.of(arm, "%.2f".formatted(ranks.ranks().get(arms.indexOf(arm))))).toList());
    for (var group : ranks.alike()) {
      page.note("alike: " + String.join(", ", group.stream().map(arms::get).toList()));
    }
  }
}
