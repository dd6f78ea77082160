package dev.runnel.experiments.statistics;

import java.util.Arrays;

/**
 * Repeated measurements x_1 .. x_n.
 *
 * @param n how many
 * @param mean m = sum x_i / n
 * @param populationDeviation sqrt(sum (x_i - m)^2 / n), the +- of LrcSSM's and LinOSS's tables
 * @param sampleDeviation sqrt(sum (x_i - m)^2 / (n - 1)), the estimate for more seeds; not a number of one value
 */
public record Summary(int n, double mean, double populationDeviation, double sampleDeviation) {

  /**
   * Of values.
   *
   * @throws IllegalArgumentException if there is none, or one is not finite
   */
  public static Summary of(double... values) {
    finite(values);
    double mean = mean(values);
    double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    int n = values.length;
    return new Summary(n, mean, Math.sqrt(squares / n), n == 1 ? Double.NaN : Math.sqrt(squares / (n - 1)));
  }

  static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  static void finite(double[] values) {
    if (values.length == 0 || !Arrays.stream(values).allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(
          "statistics: one or more finite values expected, came " + Arrays.toString(values));
    }
  }
}
