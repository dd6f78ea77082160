package dev.runnel.experiments.report;

import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.run.Scans;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.study.StudyView;
import dev.runnel.experiments.study.TrialView;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What runs of each arm left after each epoch. */
final class Curves {
  private final Map<String, List<List<EpochMetrics>>> metrics = new LinkedHashMap<>();
  private final Map<String, List<List<Scans.Row>>> scans = new LinkedHashMap<>();
  private final List<String> damaged = new ArrayList<>();

  /**
   * Of the trials that an arm is judged by; where none is done yet, of those that have begun.
   */
  Curves(StudyView study) {
    for (String arm : study.arms()) {
      var chosen = study.chosen(arm);
      var shown = !chosen.isEmpty() ? chosen
          : study.trials().stream().filter(trial -> trial.arm().equals(arm)).toList();
      shown.forEach(trial -> read(arm, trial));
    }
  }

  private void read(String arm, TrialView trial) {
    if (!Files.isRegularFile(trial.run().resolve("config.conf"))) {
      return;
    }
    try (var run = RunFolder.read(trial.run())) {
      var epochs = run.metrics().rows();
      if (!epochs.isEmpty()) {
        metrics.computeIfAbsent(arm, _ -> new ArrayList<>()).add(epochs);
      }
      var looks = Scans.of(trial.run()).rows();
      if (!looks.isEmpty()) {
        scans.computeIfAbsent(arm, _ -> new ArrayList<>()).add(looks);
      }
    } catch (RuntimeException e) {
      damaged.add(OneLine.of(e));
    }
  }

  /** A line for each file that can't be read. */
  List<String> damaged() {
    return damaged;
  }

  /** One of the metrics. */
  List<Chart.Curve> of(ToDoubleFunction<EpochMetrics> value) {
    return curves(metrics, rows -> rows.stream().mapToDouble(value).toArray());
  }

  /** What scans did, those of one epoch taken together; rows without a value are left out. */
  List<Chart.Curve> ofScans(Function<Scans.Row, @Nullable Double> value, BinaryOperator<Double> together) {
    return curves(scans, rows -> {
      var epochs = new TreeMap<Integer, Double>();
      for (var row : rows) {
        var each = value.apply(row);
        if (each != null) {
          epochs.merge(row.epoch(), each, together);
        }
      }
      return epochs.values().stream().mapToDouble(v -> v).toArray();
    });
  }

  private static <T> List<Chart.Curve> curves(Map<String, List<T>> arms, Function<T, double[]> values) {
    var curves = new ArrayList<Chart.Curve>();
    arms.forEach((arm, runs) -> {
      var each = runs.stream().map(values).filter(v -> v.length > 0).toList();
      // Where seeds stopped at different epochs the mean goes as far as all of them.
      int epochs = each.stream().mapToInt(v -> v.length).min().orElse(0);
      double[] mean = new double[epochs];
      double[] low = new double[epochs];
      double[] high = new double[epochs];
      for (int e = 0; e < epochs; e++) {
        int at = e;
        double[] now = each.stream().mapToDouble(v -> v[at]).toArray();
        mean[e] = Arrays.stream(now).sum() / now.length;
        low[e] = Arrays.stream(now).min().orElse(0);
        high[e] = Arrays.stream(now).max().orElse(0);
      }
      if (epochs > 0) {
        curves.add(new Chart.Curve(arm, mean, low, high));
      }
    });
    return curves;
  }
}
