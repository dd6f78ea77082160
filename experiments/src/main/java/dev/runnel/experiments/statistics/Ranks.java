package dev.runnel.experiments.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.apache.commons.statistics.distribution.FDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Several treatments over several datasets (Demsar 2006, JMLR 7).
 *
 * @param ranks mean rank of each treatment, 1 for the best; equals share the mean of theirs
 * @param datasets how many
 * @param p of Friedman's test that all treatments are alike, chi^2_F = 12 N / (k (k + 1)) (sum R_j^2 - k (k + 1)^2 / 4)
 * @param imanDavenport p of the less conservative F = (N - 1) chi^2_F / (N (k - 1) - chi^2_F)
 * @param criticalDifference of Nemenyi's test at 5 %: q sqrt(k (k + 1) / (6 N)); mean ranks closer than this don't differ
 */
public record Ranks(List<Double> ranks, int datasets, double p, double imanDavenport, double criticalDifference) {
  private static final double LEVEL = 0.05;
  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  /** Copies the list. */
  public Ranks {
    ranks = List.copyOf(ranks);
  }

  /**
   * Of scores, the larger the better.
   *
   * @param scores a row a dataset, a column a treatment
   * @throws IllegalArgumentException unless there are two datasets and two treatments or more, as many in each row
   */
  public static Ranks of(double[][] scores) {
    int n = scores.length;
    int k = n == 0 ? 0 : scores[0].length;
    if (n < 2 || k < 2 || !Arrays.stream(scores).allMatch(row -> row.length == k)) {
      throw new IllegalArgumentException(
          "statistics: scores of two treatments or more on two datasets or more expected, came %d datasets".formatted(n));
    }
    double[] mean = new double[k];
    for (double[] row : scores) {
      Summary.finite(row);
      for (int j = 0; j < k; j++) {
        double mine = row[j];
        long above = Arrays.stream(row).filter(x -> x > mine).count();
        long equal = Arrays.stream(row).filter(x -> x == mine).count();
        mean[j] += (above + (equal + 1) / 2.0) / n;
      }
    }
    double squares = Arrays.stream(mean).map(r -> r * r).sum();
    double chi = 12.0 * n / (k * (k + 1.0)) * (squares - k * (k + 1.0) * (k + 1) / 4);
    double rest = n * (k - 1.0) - chi;
    double f = (n - 1) * chi / rest;
    return new Ranks(
        Arrays.stream(mean).boxed().toList(),
        n,
        ChiSquaredDistribution.of(k - 1).survivalProbability(Math.max(0, chi)),
        rest <= 0 ? 0 : FDistribution.of(k - 1, (k - 1.0) * (n - 1)).survivalProbability(Math.max(0, f)),
        quantile(k) * Math.sqrt(k * (k + 1.0) / (6.0 * n)));
  }

  /** Sets of treatments that do not differ, each as large as it can be: the bars of a critical-difference diagram. */
  public List<List<Integer>> alike() {
    var order = IntStream.range(0, ranks.size()).boxed()
        .sorted((a, b) -> Double.compare(ranks.get(a), ranks.get(b))).toList();
    var groups = new ArrayList<List<Integer>>();
    int covered = 0;
    for (int from = 0; from < order.size(); from++) {
      int to = from;
      while (to + 1 < order.size()
          && ranks.get(order.get(to + 1)) - ranks.get(order.get(from)) <= criticalDifference) {
        to++;
      }
      if (to > from && to + 1 > covered) {
        groups.add(order.subList(from, to + 1));
        covered = to + 1;
      }
    }
    return groups;
  }

  /**
   * Nemenyi's q: the quantile of the range of k standard normal values over sqrt(2), by bisection of P(range &lt;= r) = k
   * int phi(z) (Phi(z) - Phi(z - r))^(k - 1) dz.
   */
  static double quantile(int k) {
    double low = 0;
    double high = 20;
    while (high - low > 1e-9) {
      double middle = (low + high) / 2;
      if (within(middle, k) < 1 - LEVEL) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low / Math.sqrt(2);
  }

  /** Simpson's rule over all of the line that counts. */
  private static double within(double range, int k) {
    int pieces = 400;
    double from = -8;
    double step = 16.0 / pieces;
    double sum = 0;
    for (int i = 0; i <= pieces; i++) {
      double z = from + i * step;
      double value = NORMAL.density(z)
          * Math.pow(NORMAL.cumulativeProbability(z) - NORMAL.cumulativeProbability(z - range), k - 1);
      sum += value * (i == 0 || i == pieces ? 1 : i % 2 == 1 ? 4 : 2);
    }
    return k * sum * step / 3;
  }
}
