package dev.runnel.experiments.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A study's arms, each at its chosen point, by test accuracy.
 *
 * @param rows in the order of arms
 */
public record StudyTable(List<Row> rows) {

  /**
   * An arm.
   *
   * @param point that was chosen for it by validation
   * @param seeds of the trials that are done, rising
   * @param accuracies on the test part, in that order
   * @param seconds mean of a trial's training
   */
  public record Row(String arm, String point, List<Long> seeds, double[] accuracies, double seconds, long parameters) {
    double mean() {
      return Arrays.stream(accuracies).average().orElse(Double.NaN);
    }

    double deviation() {
      double mean = mean();
      double squares = Arrays.stream(accuracies).map(v -> (v - mean) * (v - mean)).sum();
      return accuracies.length < 2 ? 0 : Math.sqrt(squares / (accuracies.length - 1));
    }

    /** The names that scripts read. */
    public Map<String, Object> json() {
      var json = new LinkedHashMap<String, Object>();
      json.put("name", arm);
      json.put("point", point);
      json.put("mean", mean());
      json.put("deviation", deviation());
      var each = new LinkedHashMap<String, Double>();
      for (int i = 0; i < accuracies.length; i++) {
        each.put(seeds.get(i).toString(), accuracies[i]);
      }
      json.put("per_seed", each);
      json.put("seconds", seconds);
      json.put("parameters", parameters);
      return json;
    }
  }

  /** Of what is done by now. */
  public static StudyTable of(StudyView view) {
    var rows = new ArrayList<Row>();
    for (String arm : view.arms()) {
      var chosen = view.chosen(arm);
      rows.add(new Row(arm, chosen.isEmpty() ? "" : chosen.getFirst().point(),
          chosen.stream().map(TrialView::seed).toList(),
          chosen.stream().mapToDouble(t -> t.done().testAccuracy()).toArray(),
          chosen.stream().mapToDouble(t -> t.done().seconds()).average().orElse(0),
          chosen.isEmpty() ? 0 : chosen.getFirst().done().parameters()));
    }
    return new StudyTable(rows);
  }

  /** For people, a line an arm. */
  public String text() {
    var lines = new ArrayList<String>();
    int width = rows.stream().mapToInt(r -> r.arm.length()).max().orElse(3);
    for (Row row : rows) {
      lines.add(("%-" + width + "s  %.4f +- %.4f  (n = %d, %.0f s a trial, %d parameters)%s").formatted(
          row.arm, row.mean(), row.deviation(), row.accuracies.length, row.seconds, row.parameters,
          row.point.isEmpty() ? "" : "  at " + row.point));
    }
    return String.join("\n", lines);
  }
}
