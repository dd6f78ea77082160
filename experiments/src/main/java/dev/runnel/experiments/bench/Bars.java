package dev.runnel.experiments.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Means with standard deviations, a group of bars a case and a bar each series. */
public final class Bars {
  private final String measured;
  private final List<String> series;
  private final List<String> cases = new ArrayList<>();
  private final List<double[][]> values = new ArrayList<>();

  /**
   * Without a case.
   *
   * @param measured what the axis says, from 0 to 1
   */
  public Bars(String measured, List<String> series) {
    this.measured = measured;
    this.series = List.copyOf(series);
  }

  /** A case, with what each series had in each repetition. */
  public void add(String name, double[]... repetitions) {
    cases.add(name);
    values.add(repetitions.clone());
  }

  /**
   * Writes a picture, as PNG.
   *
   * @throws IllegalArgumentException if the name does not end in {@code .png}, or it can't be written
   */
  public void write(Path file) {
    checkName(file);
    var chart = new CategoryChartBuilder().width(800).height(450).yAxisTitle(measured).build();
    var style = chart.getStyler();
    style.setLegendPosition(LegendPosition.InsideNE);
    style.setYAxisMin(0.0);
    style.setYAxisMax(1.0);
    for (int s = 0; s < series.size(); s++) {
      int at = s;
      chart.addSeries(
          series.get(s),
          cases,
          values.stream().map(v -> mean(v[at])).toList(),
          values.stream().map(v -> deviation(v[at])).toList());
    }
    try {
      BitmapEncoder.saveBitmap(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** Refuses a name that says something else than PNG. */
  public static void checkName(Path file) {
    if (!file.toString().endsWith(".png")) {
      throw new IllegalArgumentException(file + ": a name that ends in .png expected");
    }
  }

  /** Over all; not a number of none. */
  public static double mean(double... values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  /** Over n - 1; 0 of one value. */
  public static double deviation(double... values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
  }
}
