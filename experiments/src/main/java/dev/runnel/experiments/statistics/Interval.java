package dev.runnel.experiments.statistics;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A confidence interval of a mean.
 *
 * <p>Coverage in 10,000 simulated studies of normal values, level 0.95 ({@code StatisticsTest} measures it in each
 * build): {@link #t} 0.95 at any n; {@link #bootstrap} 0.93 at n = 5, 0.95 at 10 and more. With five seeds the bootstrap
 * can't do better: not even the whole range of five values covers the mean in more than 15 of 16 studies.
 */
public record Interval(double low, double high) {

  /**
   * Student's: m -+ t_{(1 + level) / 2, n - 1} s / sqrt(n), exact for normal values; all numbers for n = 1.
   *
   * @throws IllegalArgumentException if a value is not finite, or the level not between 0 and 1
   */
  public static Interval t(double level, double... values) {
    between(level);
    var summary = Summary.of(values);
    int n = summary.n();
    if (n == 1) {
      return new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }
    double quantile = TDistribution.of(n - 1).inverseSurvivalProbability((1 - level) / 2);
    double half = quantile * summary.sampleDeviation() / Math.sqrt(n);
    return new Interval(summary.mean() - half, summary.mean() + half);
  }

  /**
   * Percentiles of the means of resamples, at the levels that make them as wide as Student's interval where values are
   * normal: Phi(-+ sqrt(n / (n - 1)) t_{(1 + level) / 2, n - 1}) (Hesterberg 2015, The American Statistician 69, section
   * 5.3, "expanded percentile").
   *
   * @param draws resamples
   * @param seed keys them
   */
  public static Interval bootstrap(double level, int draws, long seed, double... values) {
    between(level);
    Summary.finite(values);
    int n = values.length;
    if (n == 1) {
      return new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }
    var random = new SplittableRandom(seed);
    double[] means = new double[draws];
    for (int draw = 0; draw < draws; draw++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += values[random.nextInt(n)];
      }
      means[draw] = sum / n;
    }
    Arrays.sort(means);
    double z = Math.sqrt(n / (n - 1.0)) * TDistribution.of(n - 1).inverseSurvivalProbability((1 - level) / 2);
    double tail = NormalDistribution.of(0, 1).survivalProbability(z);
    int cut = (int) Math.min(Math.floor(tail * draws), (draws - 1) / 2);
    return new Interval(means[cut], means[draws - 1 - cut]);
  }

  /** Whether a value lies in it. */
  public boolean covers(double value) {
    return low <= value && value <= high;
  }

  private static void between(double level) {
    if (!(level > 0 && level < 1)) {
      throw new IllegalArgumentException("statistics: a level between 0 and 1 expected, came " + level);
    }
  }
}
