package dev.runnel.experiments.report;

import dev.runnel.experiments.modules.Verdict;
import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.statistics.Ranks;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.study.State;
import dev.runnel.experiments.study.StudyTable;
import dev.runnel.experiments.study.StudyView;
import dev.runnel.experiments.study.TrialView;
import dev.runnel.experiments.train.Trials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.json.JsonMapper;

/**
 * One page of HTML on one or several studies, that needs no network and no other file.
 *
 * <p>Figures are those of result.json and metrics.arrow. Confusion, |J| and the phase portrait are those of each arm's trial
 * of median test accuracy, whose weights are loaded for them; where its data are not at hand a line says so.
 */
public final class Report {
  private static final String ECHARTS = "/META-INF/resources/webjars/echarts/5.5.0/echarts.common.min.js";
  /** From this ratio on an axis is logarithmic. */
  private static final double DECADES = 30;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Trials trials;
  private final StringBuilder body = new StringBuilder();
  private final List<Map<String, Object>> charts = new ArrayList<>();

  private Report(Trials trials) {
    this.trials = trials;
  }

  /** The page. */
  public static String html(List<StudyView> studies, Trials trials) {
    var report = new Report(trials);
    studies.forEach(report::study);
    report.ranks(studies);
    String title = String.join(", ", studies.stream().map(StudyView::name).toList());
    return resource("/report/page.html")
        .replace("{{title}}", escaped(title))
        .replace("{{body}}", report.body)
        .replace("{{charts}}", JSON.writeValueAsString(report.charts).replace("<", "\\u003c"))
        .replace("{{echarts}}", resource(ECHARTS).replace("</script", "<\\/script"));
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
    add("<h1>%s</h1>\n", study.name());
    facts(study);
    var table = StudyTable.of(study);
    heading("Test accuracy, in per cent", "Mean over seeds, deviation of the sample (s) and of the population (σ), Student's "
        + "95 % interval; difference from the first arm by a paired t-test over seeds, p by Holm for all arms, effect d_z.");
    rows(PaperTable.HEAD, PaperTable.cells(table));
    body.append("<div class=charts>\n");
    var accuracies = new LinkedHashMap<String, double[]>();
    table.rows().stream().filter(row -> row.summary() != null)
        .forEach(row -> accuracies.put(row.arm(), Arrays.stream(row.accuracies()).map(a -> 100 * a).toArray()));
    if (!accuracies.isEmpty()) {
      chart(Chart.intervals("Arms", "Each seed a point; the mean with its 95 % interval.", "test accuracy, %", accuracies));
    }
    curves(study, "Training loss", EpochMetrics::trainLoss);
    curves(study, "Validation accuracy", EpochMetrics::validationAccuracy);
    curves(study, "Norm of the gradient, before clipping", EpochMetrics::gradientNorm);
    body.append("</div>\n");
    learnt(study);
  }

  private void facts(StudyView study) {
    body.append("<dl>\n");
    fact("trials", "%d: %s".formatted(study.trials().size(), String.join(", ", Arrays.stream(State.values())
        .filter(state -> study.count(state) > 0).map(state -> study.count(state) + " " + state).toList())));
    fact("code", study.plan().code());
    var begun = study.trials().stream().filter(trial -> trial.begun() > 0).findFirst();
    if (begun.isPresent()) {
      try (var folder = RunFolder.read(begun.get().run())) {
        var from = folder.provenance();
        fact("commit", from.git() == null ? "none" : from.git().commit() + (from.git().dirty() ? ", with changes" : ""));
        fact("machine", "%s, %d cores; %s; Java %s".formatted(from.machine().cpu(), from.machine().cores(),
            from.versions().os(), from.versions().java()));
        fact("data", "%s, sha256 %s".formatted(from.data().name(), from.data().sha256()));
        fact("begun", from.started());
      } catch (RuntimeException e) {
        fact("provenance", String.valueOf(e.getMessage()));
      }
    }
    body.append("</dl>\n");
    for (var trial : study.trials()) {
      if (trial.why() != null && trial.state() != State.PAUSED && trial.state() != State.PRUNED) {
        add("<p class=bad>%s</p>\n", "%s seed %d %s: %s".formatted(trial.arm(), trial.seed(), trial.state(), trial.why()));
      }
    }
  }

  private void curves(StudyView study, String title, ToDoubleFunction<EpochMetrics> value) {
    var curves = new ArrayList<Chart.Curve>();
    for (String arm : study.arms()) {
      var runs = study.chosen(arm).stream().map(TrialView::metrics).filter(rows -> !rows.isEmpty()).toList();
      // Where seeds stopped at different epochs the mean goes as far as all of them.
      int epochs = runs.stream().mapToInt(List::size).min().orElse(0);
      double[] mean = new double[epochs];
      double[] low = new double[epochs];
      double[] high = new double[epochs];
      for (int e = 0; e < epochs; e++) {
        int at = e;
        var each = runs.stream().mapToDouble(rows -> value.applyAsDouble(rows.get(at))).summaryStatistics();
        mean[e] = each.getAverage();
        low[e] = each.getMin();
        high[e] = each.getMax();
      }
      if (epochs > 0) {
        curves.add(new Chart.Curve(arm, mean, low, high));
      }
    }
    if (!curves.isEmpty()) {
      double least = curves.stream().flatMapToDouble(c -> Arrays.stream(c.low())).min().orElse(0);
      double most = curves.stream().flatMapToDouble(c -> Arrays.stream(c.high())).max().orElse(0);
      chart(Chart.curves(title, "Mean over seeds; the band is from the least to the largest seed.", least > 0 && most / least > DECADES,
          curves));
    }
  }

  private void learnt(StudyView study) {
    var jacobians = new LinkedHashMap<String, double[]>();
    var portraits = new LinkedHashMap<String, List<Portrait.Path>>();
    var lines = new ArrayList<String>();
    heading("What was learnt", "Of each arm's trial of median test accuracy.");
    body.append("<div class=charts>\n");
    for (String arm : study.arms()) {
      var done = new ArrayList<>(study.chosen(arm));
      if (done.isEmpty()) {
        continue;
      }
      done.sort(Comparator.comparingDouble((TrialView trial) -> trial.done().testAccuracy()));
      var median = done.get(done.size() / 2);
      if (Learnt.of(median, trials) instanceof Learnt learnt) {
        confusion(arm, median.seed(), learnt);
        var seen = learnt.seen();
        if (seen != null) {
          jacobians.put(arm, seen.jacobian());
          portraits.put(arm, Portrait.of(seen, learnt.labels(), learnt.classes()));
          lines.add("%s: largest |J| %.3f, above 1 in %.1f %%; its cell by proof, as weights begin: %s".formatted(arm,
              Arrays.stream(seen.jacobian()).max().orElse(0),
              100 * Arrays.stream(seen.jacobian()).filter(j -> j > 1).count() / (double) seen.jacobian().length,
              verdict(median)));
        } else {
          lines.add(arm + ": no scan whose Jacobian is diagonal and depends on states");
        }
      } else {
        add("<p class=note>%s</p>\n", arm + ": " + Learnt.of(median, trials));
      }
    }
    if (!jacobians.isEmpty()) {
      chart(Chart.histogram("|J| of the last layer", String.join("; ", lines), "|dx_t / dx_(t-1)|", jacobians, 40));
    }
    portraits.forEach((arm, paths) -> chart(Chart.portrait("Phase portrait, " + arm,
        "States of the last layer along their three principal components, seen by a camera; a point where a row ends.", paths)));
    body.append("</div>\n");
  }

  /** What is proved of the cell that a model runs unless its options name another. */
  private String verdict(TrialView trial) {
    var registry = trials.registry();
    var model = registry.models().get(trial.config().model().name());
    Object other = trial.config().model().options().get("cell");
    String name = other instanceof String cell ? cell : model == null ? "" : model.cell();
    var cell = registry.cells().get(name);
    return cell == null ? "nothing is bound by its name" : Verdict.text(Verdict.of(cell, Verdict.USUAL));
  }

  private void confusion(String arm, long seed, Learnt learnt) {
    add("<div><h2>%s</h2>\n", "Confusion, " + arm);
    add("<p class=note>%s</p>\n<div class=scroll><table class=confusion><tr><th>", "Rows: the class; columns: what it was "
        + "taken for. Test part, seed " + seed + ".");
    learnt.classes().forEach(name -> add("<th>%s", name));
    body.append("</tr>\n");
    for (int i = 0; i < learnt.confusion().length; i++) {
      int all = Math.max(1, Arrays.stream(learnt.confusion()[i]).sum());
      add("<tr><th>%s", learnt.classes().get(i));
      for (int count : learnt.confusion()[i]) {
        body.append("<td style=\"background:rgb(var(--tint) / %.2f)\">%d".formatted(0.75 * count / all, count));
      }
      body.append("</tr>\n");
    }
    body.append("</table></div></div>\n");
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
    heading("Ranks over " + studies.size() + " studies", ("Friedman's p = %.3f, Iman and Davenport's %.3f; mean ranks closer "
        + "than %.2f do not differ by Nemenyi's test at 5 %% (Demsar 2006).").formatted(
            ranks.p(), ranks.imanDavenport(), ranks.criticalDifference()));
    var order = new ArrayList<>(arms);
    order.sort(Comparator.comparingDouble(arm -> ranks.ranks().get(arms.indexOf(arm))));
    rows(List.of("arm", "mean rank"), order.stream()
        .map(arm -> List.of(arm, "%.2f".formatted(ranks.ranks().get(arms.indexOf(arm))))).toList());
    for (var group : ranks.alike()) {
      add("<p class=note>%s</p>\n", "alike: " + String.join(", ", group.stream().map(arms::get).toList()));
    }
  }

  private void heading(String title, String note) {
    add("<h2>%s</h2>\n", title);
    add("<p class=note>%s</p>\n", note);
  }

  private void rows(List<String> head, List<List<String>> rows) {
    body.append("<div class=scroll><table><tr>");
    head.forEach(name -> add("<th>%s", name));
    body.append("</tr>\n");
    for (var row : rows) {
      body.append("<tr>");
      row.forEach(cell -> add("<td>%s", cell));
      body.append("</tr>\n");
    }
    body.append("</table></div>\n");
  }

  private void chart(Chart chart) {
    add("<div><h2>%s</h2>\n", chart.title());
    add("<p class=note>%s</p>\n", chart.note());
    body.append("<div class=chart id=chart").append(charts.size()).append("></div></div>\n");
    charts.add(chart.option());
  }

  private void fact(String name, String value) {
    add("<dt>%s</dt>", name);
    add("<dd>%s</dd>\n", value);
  }

  private void add(String html, String text) {
    body.append(html.formatted(escaped(text)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(Report.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw AtomicFile.failed(Path.of(name), "read", e);
    }
  }
}
