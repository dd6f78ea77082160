package dev.runnel.experiments.statistics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.TTest;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;

/**
 * Two treatments on the same seeds, by the differences d_i = a_i - b_i.
 *
 * @param n pairs
 * @param difference m = mean of d
 * @param interval Student's 95 % interval of it
 * @param p of the two-sided t-test, t = m sqrt(n) / s with n - 1 degrees of freedom, that m is 0; 1 where all d are 0, 0
 *     where all are the same otherwise, not a number of one pair
 * @param wilcoxon p of the signed-rank test, exact without ties: at least 2^(1 - n), so 0.06 with five seeds
 * @param effect Cohen's d_z = m / s, not a number where s is 0
 */
public record Paired(int n, double difference, Interval interval, double p, double wilcoxon, double effect) {
  private static final double LEVEL = 0.95;

  /**
   * Compares.
   *
   * @throws IllegalArgumentException unless both have as many values, all finite
   */
  public static Paired of(double[] a, double[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException("statistics: pairs expected, came %d and %d values".formatted(a.length, b.length));
    }
    double[] d = IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray();
    var summary = Summary.of(d);
    boolean zero = Arrays.stream(d).allMatch(x -> x == 0);
    boolean same = Arrays.stream(d).allMatch(x -> x == d[0]);
    double p = d.length == 1 ? Double.NaN : zero ? 1 : same ? 0 : TTest.withDefaults().test(d).getPValue();
    double wilcoxon = zero ? 1 : WilcoxonSignedRankTest.withDefaults().test(d).getPValue();
    double effect = same ? Double.NaN : summary.mean() / summary.sampleDeviation();
    return new Paired(d.length, summary.mean(), Interval.t(LEVEL, d), p, wilcoxon, effect);
  }

  /**
   * Holm's correction of several tests' p: in rising order p_(i) becomes max_{j <= i} min(1, (m - j + 1) p_(j)), so that
   * rejecting below 5 % errs anywhere in at most 5 % of studies (Holm 1979).
   */
  public static double[] holm(double... p) {
    var order = IntStream.range(0, p.length).boxed().sorted(Comparator.comparingDouble(i -> p[i])).toList();
    double[] adjusted = new double[p.length];
    double largest = 0;
    for (int rank = 0; rank < p.length; rank++) {
      int i = order.get(rank);
      largest = Math.max(largest, Math.min(1, (p.length - rank) * p[i]));
      adjusted[i] = largest;
    }
    return adjusted;
  }
}
