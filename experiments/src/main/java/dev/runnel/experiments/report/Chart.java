package dev.runnel.experiments.report;

import dev.runnel.experiments.statistics.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A chart as ECharts takes it.
 *
 * @param title above it
 * @param note below it, empty for none
 * @param option of ECharts
 */
record Chart(String title, String note, Map<String, Object> option) {
  private static final int PALETTE = 10;

  /**
   * A line of means with a band.
   *
   * @param mean of each epoch, the first first
   * @param low of the band
   * @param high of the band
   */
  record Curve(String name, double[] mean, double[] low, double[] high) {}

  /** Curves over epochs. */
  static Chart curves(String title, String note, boolean log, List<Curve> curves) {
    var series = new ArrayList<Object>();
    for (int i = 0; i < curves.size(); i++) {
      var curve = curves.get(i);
      // A band is a line that isn't drawn and the area on top of it.
      series.add(object("type", "line", "name", curve.name, "stack", "band" + i, "showSymbol", false, "silent", true,
          "colorIndex", i, "lineStyle", object("opacity", 0), "data", list(curve.low), "tooltip", object("show", false)));
      series.add(object("type", "line", "name", curve.name, "stack", "band" + i, "showSymbol", false, "silent", true,
          "lineStyle", object("opacity", 0), "areaStyle", object("opacity", 0.18), "colorIndex", i,
          "data", list(minus(curve.high, curve.low))));
      series.add(object("type", "line", "name", curve.name, "showSymbol", false, "colorIndex", i,
          "data", list(curve.mean)));
    }
    var names = curves.stream().map(Curve::name).toList();
    int epochs = curves.stream().mapToInt(curve -> curve.mean.length).max().orElse(0);
    return new Chart(title, note, object(
        "legend", object("data", names, "type", "scroll", "top", 0),
        "grid", grid(), "tooltip", object("trigger", "axis"),
        "xAxis", object("type", "category", "name", "epoch", "nameLocation", "middle", "nameGap", 28,
            "data", IntStream.rangeClosed(1, epochs).boxed().toList()),
        "yAxis", object("type", log ? "log" : "value", "scale", true),
        "series", series));
  }

  /** Means with intervals, and each value as a point. */
  static Chart intervals(String title, String note, String xName, Map<String, double[]> values) {
    var names = new ArrayList<>(values.keySet());
    var series = new ArrayList<Object>();
    for (var entry : values.entrySet()) {
      double[] each = entry.getValue();
      int row = names.indexOf(entry.getKey());
      int color = row % PALETTE;
      series.add(object("type", "scatter", "symbolSize", 7, "colorIndex", color, "itemStyle", object("opacity", 0.5),
          "data", Arrays.stream(each).mapToObj(x -> List.of(x, row)).toList()));
      if (each.length > 1) {
        var interval = Interval.t(0.95, each);
        series.add(object("type", "line", "showSymbol", false, "colorIndex", color, "lineStyle", object("width", 3),
            "data", List.of(List.of(interval.low(), row), List.of(interval.high(), row))));
      }
      double mean = Arrays.stream(each).average().orElse(0);
      series.add(object("type", "scatter", "symbol", "diamond", "symbolSize", 14, "colorIndex", color,
          "data", List.of(List.of(mean, row))));
    }
    return new Chart(title, note, object(
        "grid", grid(), "tooltip", object(),
        "xAxis", object("type", "value", "name", xName, "nameLocation", "middle", "nameGap", 28, "scale", true),
        "yAxis", object("type", "category", "data", names, "inverse", true),
        "series", series));
  }

  /** Shares of values between edges. */
  static Chart histogram(String title, String note, String xName, Map<String, double[]> values, int bins) {
    double most = values.values().stream().flatMapToDouble(Arrays::stream).max().orElse(1);
    double width = Math.max(1e-12, most) / bins;
    var labels = new ArrayList<String>();
    for (int bin = 0; bin < bins; bin++) {
      labels.add("%.3g".formatted((bin + 0.5) * width));
    }
    var series = new ArrayList<Object>();
    values.forEach((name, each) -> {
      double[] share = new double[bins];
      for (double value : each) {
        share[(int) Math.clamp(Math.floor(value / width), 0, bins - 1)] += 1.0 / each.length;
      }
      series.add(object("type", "line", "step", "middle", "showSymbol", false, "name", name, "areaStyle",
          object("opacity", 0.12), "colorIndex", series.size(), "data", list(share)));
    });
    return new Chart(title, note, object(
        "legend", object("type", "scroll", "top", 0), "grid", grid(), "tooltip", object("trigger", "axis"),
        "xAxis", object("type", "category", "data", labels, "name", xName, "nameLocation", "middle", "nameGap", 28),
        "yAxis", object("type", "value", "name", "share"), "series", series));
  }

  /** Lines in a plane without axes, the farther the fainter. */
  static Chart portrait(String title, String note, List<Portrait.Path> paths) {
    var series = new ArrayList<Object>();
    for (var path : paths) {
      series.add(object("type", "line", "name", path.name(), "showSymbol", false, "colorIndex", path.color(),
          "lineStyle", object("width", 1.2, "opacity", path.nearness()), "data", path.points()));
      series.add(object("type", "scatter", "name", path.name(), "symbolSize", 5, "colorIndex", path.color(),
          "itemStyle", object("opacity", path.nearness()), "data", List.of(path.points().getLast())));
    }
    return new Chart(title, note, object(
        "legend", object("top", 0), "grid", object("left", 10, "right", 10, "top", 40, "bottom", 10),
        "xAxis", object("type", "value", "show", false, "scale", true),
        "yAxis", object("type", "value", "show", false, "scale", true), "series", series));
  }

  private static Map<String, Object> grid() {
    return object("left", 8, "right", 24, "top", 44, "bottom", 36, "containLabel", true);
  }

  private static List<Double> list(double[] values) {
    return Arrays.stream(values).boxed().toList();
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
