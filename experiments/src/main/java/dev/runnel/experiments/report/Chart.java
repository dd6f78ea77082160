package dev.runnel.experiments.report;

import dev.runnel.experiments.statistics.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A chart as ECharts takes it. Colours, room for the legend and what a pointer is told are added by the page's script,
 * by {@code colorIndex} and {@code role} of each series.
 *
 * @param title above it
 * @param note below it, empty for none
 * @param shape of its place: {@code wide} or {@code portrait}
 * @param option of ECharts
 */
record Chart(String title, String note, String shape, Map<String, Object> option) {
  private static final double DECADES = 30;

  /**
   * A line of means with a band.
   *
   * @param mean of each epoch, the first first
   * @param low of the band
   * @param high of the band
   */
  record Curve(String name, double[] mean, double[] low, double[] high) {}

  /** Curves over epochs; logarithmic where they are positive and means go over more than a decade and a half. */
  static Chart curves(String title, String note, List<Curve> curves, @Nullable Double level) {
    var series = new ArrayList<Object>();
    for (int i = 0; i < curves.size(); i++) {
      var curve = curves.get(i);
      series.add(object("type", "line", "name", curve.name, "role", "mean", "showSymbol", curve.mean.length == 1,
          "colorIndex", i, "z", 3, "data", list(curve.mean)));
      // A band is a line that isn't drawn and the area on top of it.
      series.add(object("type", "line", "name", curve.name, "stack", "band" + i, "showSymbol", false, "silent", true,
          "colorIndex", i, "lineStyle", object("opacity", 0), "data", list(curve.low)));
      series.add(object("type", "line", "name", curve.name, "stack", "band" + i, "showSymbol", false, "silent", true,
          "lineStyle", object("opacity", 0), "areaStyle", object("opacity", 0.15), "colorIndex", i,
          "data", list(minus(curve.high, curve.low))));
    }
    int epochs = curves.stream().mapToInt(curve -> curve.mean.length).max().orElse(0);
    if (level != null) {
      series.add(object("type", "line", "showSymbol", false, "silent", true, "colorIndex", -1,
          "lineStyle", object("type", "dashed", "width", 1),
          "data", IntStream.range(0, epochs).mapToObj(_ -> level).toList()));
    }
    double least = curves.stream().flatMapToDouble(c -> Arrays.stream(c.low)).min().orElse(1);
    double from = curves.stream().flatMapToDouble(c -> Arrays.stream(c.mean)).min().orElse(1);
    double to = curves.stream().flatMapToDouble(c -> Arrays.stream(c.mean)).max().orElse(1);
    return new Chart(title, note, "wide", object(
        "legend", object("data", curves.stream().map(Curve::name).toList()),
        "grid", grid(), "tooltip", object("trigger", "axis"),
        "xAxis", object("type", "category", "name", "epoch", "nameLocation", "middle", "nameGap", 28,
            "boundaryGap", epochs == 1, "data", IntStream.rangeClosed(1, epochs).boxed().toList()),
        "yAxis", object("type", least > 0 && to > DECADES * from ? "log" : "value", "scale", true),
        "series", series));
  }

  /** Means with intervals, and each value as a point. */
  static Chart intervals(String title, String note, String xName, Map<String, double[]> values) {
    var names = new ArrayList<>(values.keySet());
    var series = new ArrayList<Object>();
    for (var entry : values.entrySet()) {
      double[] each = entry.getValue();
      int row = names.indexOf(entry.getKey());
      series.add(object("type", "scatter", "symbolSize", 7, "colorIndex", row, "itemStyle", object("opacity", 0.5),
          "data", Arrays.stream(each).mapToObj(x -> List.of(x, row)).toList()));
      if (each.length > 1) {
        var interval = Interval.t(0.95, each);
        series.add(object("type", "line", "showSymbol", false, "colorIndex", row, "lineStyle", object("width", 3),
            "data", List.of(List.of(interval.low(), row), List.of(interval.high(), row))));
      }
      double mean = Arrays.stream(each).average().orElse(0);
      series.add(object("type", "scatter", "symbol", "diamond", "symbolSize", 14, "colorIndex", row,
          "data", List.of(List.of(mean, row))));
    }
    return new Chart(title, note, "wide", object(
        "grid", grid(), "tooltip", object("trigger", "item"),
        "xAxis", object("type", "value", "name", xName, "nameLocation", "middle", "nameGap", 28, "scale", true),
        "yAxis", object("type", "category", "data", names, "inverse", true),
        "series", series));
  }

  /**
   * Shares of values between edges, from 0 to a value that one in a thousand exceeds; the last bin has what lies
   * beyond.
   */
  static Chart histogram(String title, String note, String xName, Map<String, double[]> values, int bins) {
    double most = values.values().stream().mapToDouble(each -> {
      double[] sorted = Arrays.stream(each).sorted().toArray();
      return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, (int) (0.999 * sorted.length))];
    }).max().orElse(1);
    double width = Math.max(1e-12, most * (1 + 1e-9)) / bins;
    var series = new ArrayList<Object>();
    values.forEach((name, each) -> {
      double[] share = new double[bins];
      for (double value : each) {
        share[(int) Math.clamp(Math.floor(value / width), 0, bins - 1)] += 1.0 / each.length;
      }
      var steps = new ArrayList<List<Double>>();
      for (int bin = 0; bin < bins; bin++) {
        steps.add(List.of(bin * width, share[bin]));
      }
      steps.add(List.of(bins * width, share[bins - 1]));
      series.add(object("type", "line", "step", "end", "showSymbol", false, "name", name,
          "areaStyle", object("opacity", 0.12), "colorIndex", series.size(), "data", steps));
    });
    return new Chart(title, note, "wide", object(
        "legend", object("data", List.copyOf(values.keySet())), "grid", grid(),
        "xAxis", object("type", "value", "name", xName, "nameLocation", "middle", "nameGap", 28, "max", "dataMax"),
        "yAxis", object("type", "value", "name", "share"), "series", series));
  }

  /** Lines in a plane without axes, the farther the fainter. */
  static Chart portrait(String title, String note, Portrait portrait) {
    var series = new ArrayList<Object>();
    for (var line : portrait.lines()) {
      boolean box = line.color() < 0;
      double opacity = box ? 0.4 : line.bold() ? 0.7 + 0.3 * line.nearness() : 0.12 + 0.38 * line.nearness();
      series.add(object("type", "line", "name", line.name(), "showSymbol", false, "silent", true,
          "colorIndex", line.color(), "data", line.points(), "lineStyle",
          object("width", box ? 0.8 : line.bold() ? 2 : 0.9, "opacity", opacity, "join", "round")));
    }
    for (var label : portrait.labels()) {
      series.add(object("type", "scatter", "symbolSize", 0, "silent", true, "colorIndex", -1,
          "data", List.of(List.of(label.x(), label.y())),
          "label", object("show", true, "formatter", label.text(), "fontSize", 11)));
    }
    var names = portrait.lines().stream().filter(line -> line.color() >= 0)
        .sorted((a, b) -> Integer.compare(a.color(), b.color())).map(Portrait.Line::name).distinct().toList();
    return new Chart(title, note, "portrait", object(
        "legend", object("data", names), "grid", object("left", 4, "right", 4, "bottom", 4),
        "xAxis", window(portrait.centre()[0], portrait.half()), "yAxis", window(portrait.centre()[1], portrait.half()),
        "series", series));
  }

  private static Map<String, Object> window(double centre, double half) {
    return object("type", "value", "show", false, "min", centre - half, "max", centre + half);
  }

  private static Map<String, Object> grid() {
    return object("left", 8, "right", 24, "bottom", 36, "containLabel", true);
  }

  /** JSON has no other numbers. */
  private static List<@Nullable Double> list(double[] values) {
    var list = new ArrayList<@Nullable Double>();
    for (double value : values) {
      list.add(Double.isFinite(value) ? (Double) value : null);
    }
    return list;
  }

  private static double[] minus(double[] a, double[] b) {
    double[] difference = new double[a.length];
    Arrays.setAll(difference, i -> a[i] - b[i]);
    return difference;
  }

  private static Map<String, Object> object(Object... namesAndValues) {
    var object = new LinkedHashMap<String, Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return object;
  }
}
