package dev.runnel.datasets;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * {@code (x - mean_c) / deviation_c} for each channel c, fitted on the rows given and no others: give it the train
 * part only. The deviation is the population's; a channel that never changes keeps deviation 1. Missing values are
 * left out of the fit and stay missing.
 *
 * @param mean each channel's mean
 * @param deviation each channel's deviation, positive
 */
@SuppressWarnings("ArrayRecordComponent")
public record Standardise(double[] mean, double[] deviation) {
  /** Copies and checks. */
  public Standardise {
    if (mean.length != deviation.length) {
      throw new IllegalArgumentException(
          "standardise: as many deviations as means (" + mean.length + ") expected, came " + deviation.length);
    }
    mean = mean.clone();
    deviation = deviation.clone();
    for (double d : deviation) {
      if (!(d > 0) || Double.isInfinite(d)) {
        throw new IllegalArgumentException("standardise: positive finite deviations expected, came " + d);
      }
    }
  }

  /** Fits means and deviations on these rows, in two passes of doubles. */
  public static Standardise fit(Sequences data, int[] rows) {
    int channels = data.channels();
    double[] buffer = new double[Math.multiplyExact(data.maxLength(), channels)];
    long[] count = new long[channels];
    double[] sum = new double[channels];
    for (int row : rows) {
      data.read(row, buffer);
      int n = data.length(row) * channels;
      for (int i = 0, c = 0; i < n; i++, c = c + 1 == channels ? 0 : c + 1) {
        if (!Double.isNaN(buffer[i])) {
          sum[c] += buffer[i];
          count[c]++;
        }
      }
    }
    double[] mean = new double[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = count[c] == 0 ? 0 : sum[c] / count[c];
    }
    double[] squares = new double[channels];
    for (int row : rows) {
      data.read(row, buffer);
      int n = data.length(row) * channels;
      for (int i = 0, c = 0; i < n; i++, c = c + 1 == channels ? 0 : c + 1) {
        if (!Double.isNaN(buffer[i])) {
          double d = buffer[i] - mean[c];
          squares[c] += d * d;
        }
      }
    }
    double[] deviation = new double[channels];
    for (int c = 0; c < channels; c++) {
      double d = count[c] == 0 ? 0 : Math.sqrt(squares[c] / count[c]);
      deviation[c] = d > 1e-12 * Math.max(1e-300, Math.abs(mean[c])) ? d : 1;
    }
    return new Standardise(mean, deviation);
  }

  /**
   * Fits medians and quartiles instead: the centre is the median, the deviation {@code (q3 - q1) / 1.349}, which is that
   * of a normal distribution with such quartiles. Outliers hardly count. Holds all values of one channel at a time.
   */
  public static Standardise robust(Sequences data, int[] rows) {
    int channels = data.channels();
    double[] buffer = new double[Math.multiplyExact(data.maxLength(), channels)];
    int steps = 0;
    for (int row : rows) {
      steps = Math.addExact(steps, data.length(row));
    }
    double[] values = new double[steps];
    double[] centre = new double[channels];
    double[] deviation = new double[channels];
    for (int c = 0; c < channels; c++) {
      int count = 0;
      for (int row : rows) {
        data.read(row, buffer);
        for (int i = c; i < data.length(row) * channels; i += channels) {
          if (!Double.isNaN(buffer[i])) {
            values[count++] = buffer[i];
          }
        }
      }
      Arrays.sort(values, 0, count);
      centre[c] = quantile(values, count, 0.5);
      double d = (quantile(values, count, 0.75) - quantile(values, count, 0.25)) / 1.349;
      deviation[c] = d > 1e-12 * Math.max(1e-300, Math.abs(centre[c])) ? d : 1;
    }
    return new Standardise(centre, deviation);
  }

  /** Between order statistics by a straight line. */
  private static double quantile(double[] sorted, int count, double share) {
    if (count == 0) {
      return 0;
    }
    double at = share * (count - 1);
    int left = (int) at;
    return sorted[left] + (at - left) * (sorted[Math.min(left + 1, count - 1)] - sorted[left]);
  }

  /** The data seen through this. */
  public Sequences over(Sequences data) {
    if (data.channels() != mean.length) {
      throw new IllegalArgumentException(
          "standardise: " + mean.length + " channels expected, came " + data.channels());
    }
    return new View(data, this);
  }

  private record View(Sequences below, Standardise by) implements Over {
    @Override
    public void read(int row, double[] into) {
      below.read(row, into);
      int channels = below.channels();
      int n = below.length(row) * channels;
      for (int i = 0, c = 0; i < n; i++, c = c + 1 == channels ? 0 : c + 1) {
        into[i] = (into[i] - by.mean[c]) / by.deviation[c];
      }
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Standardise s && Arrays.equals(mean, s.mean) && Arrays.equals(deviation, s.deviation);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(deviation);
  }

  @Override
  public String toString() {
    return "Standardise[mean=" + Arrays.toString(mean) + ", deviation=" + Arrays.toString(deviation) + "]";
  }
}
