package dev.runnel.experiments.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against values of the literature, and what intervals and tests do in simulated studies. */
final class StatisticsTest {
  private static final int STUDIES = 10_000;

  private static double[] normal(SplittableRandom random, int n, double mean) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = mean + random.nextGaussian();
    }
    return values;
  }

  @Test
  void deviationsOfPopulationAndSample() {
    var summary = Summary.of(2, 4, 4, 4, 5, 5, 7, 9);
    assertThat(summary.mean()).isEqualTo(5);
    assertThat(summary.populationDeviation()).isEqualTo(2);
    assertThat(summary.sampleDeviation()).isCloseTo(Math.sqrt(32 / 7.0), within(1e-15));
    assertThat(Summary.of(3).sampleDeviation()).isNaN();
    assertThatThrownBy(() -> Summary.of(1, Double.NaN)).hasMessageContaining("finite values expected");
    assertThatThrownBy(Summary::of).hasMessageContaining("finite values expected");
  }

  /** t_{0.975, 4} = 2.7764 (any table); the values' deviation is sqrt(2.5). */
  @Test
  void studentsInterval() {
    var interval = Interval.t(0.95, 1, 2, 3, 4, 5);
    assertThat(interval.high()).isCloseTo(3 + 2.7764451 * Math.sqrt(0.5), within(1e-6));
    assertThat(interval.low()).isCloseTo(3 - 2.7764451 * Math.sqrt(0.5), within(1e-6));
    assertThat(Interval.t(0.95, 7).covers(1e9)).isTrue();
    assertThatThrownBy(() -> Interval.t(1, 1, 2)).hasMessageContaining("between 0 and 1");
  }

  /** Student's sleep data (1908): t = 4.0621 with 9 degrees of freedom, p = 0.002833. */
  @Test
  void pairedTestOfStudentsSleepData() {
    double[] one = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
    double[] two = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    var paired = Paired.of(two, one);
    assertThat(paired.difference()).isCloseTo(1.58, within(1e-12));
    assertThat(paired.p()).isCloseTo(0.002833, within(1e-6));
    assertThat(paired.effect()).isCloseTo(4.0621 / Math.sqrt(10), within(1e-4));
    assertThat(paired.interval().low()).isCloseTo(0.7001, within(1e-4));
    assertThat(paired.interval().high()).isCloseTo(2.4599, within(1e-4));
    assertThat(paired.wilcoxon()).isBetween(0.003, 0.01);
    assertThat(Paired.of(one, one).p()).isEqualTo(1);
    assertThat(Paired.of(new double[] {2, 3}, new double[] {1, 2}).p()).isZero();
    assertThatThrownBy(() -> Paired.of(one, new double[2])).hasMessageContaining("pairs expected");
  }

  @Test
  void holmsCorrection() {
    assertThat(Paired.holm(0.01, 0.04, 0.03, 0.005)).containsExactly(new double[] {0.03, 0.06, 0.06, 0.02}, within(1e-15));
    assertThat(Paired.holm(0.9, 0.8)).containsExactly(1, 1);
  }

  /** Table 5a of Demsar 2006. */
  @Test
  void nemenyisQuantiles() {
    double[] table = {1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
    for (int k = 2; k <= 10; k++) {
      assertThat(Ranks.quantile(k)).as("k = " + k).isCloseTo(table[k - 2], within(1e-3));
    }
  }

  /** By hand: ranks 1 2 3, 1 2 3, 1 2.5 2.5, 1 3 2. */
  @Test
  void friedmansTestByHand() {
    var ranks = Ranks.of(new double[][] {{9, 8, 7}, {5, 4, 3}, {6, 1, 1}, {2, 0, 1}});
    assertThat(ranks.ranks()).containsExactly(1.0, 2.375, 2.625);
    double chi = 12.0 * 4 / 12 * (1 + 2.375 * 2.375 + 2.625 * 2.625 - 12);
    assertThat(ranks.p()).isCloseTo(Math.exp(-chi / 2), within(1e-12)); // two degrees of freedom
    assertThat(ranks.criticalDifference()).isCloseTo(2.343 * Math.sqrt(0.5), within(1e-3));
    assertThat(ranks.alike()).containsExactly(List.of(0, 1, 2));
    assertThat(new Ranks(List.of(1.0, 4.0, 2.0, 4.5), 9, 0, 0, 1.5).alike()).containsExactly(List.of(0, 2), List.of(1, 3));
    assertThatThrownBy(() -> Ranks.of(new double[][] {{1, 2}})).hasMessageContaining("came 1 datasets");
  }

  @Test
  void intervalsCoverAsTheySay() {
    for (int n : new int[] {3, 5, 10, 20}) {
      var random = new SplittableRandom(n);
      int student = 0;
      int resampled = 0;
      for (int study = 0; study < STUDIES; study++) {
        double[] values = normal(random, n, 0.8);
        student += Interval.t(0.95, values).covers(0.8) ? 1 : 0;
        resampled += Interval.bootstrap(0.95, 1000, study, values).covers(0.8) ? 1 : 0;
      }
      System.out.printf("n = %d: 95 %% intervals cover %.1f %% (t), %.1f %% (bootstrap)%n", n, student * 100.0 / STUDIES,
          resampled * 100.0 / STUDIES);
      assertThat(student / (double) STUDIES).as("t, n = " + n).isBetween(0.94, 0.96);
      assertThat(resampled / (double) STUDIES).as("bootstrap, n = " + n)
          .isBetween(n >= 10 ? 0.94 : n == 5 ? 0.92 : 0.70, 0.96);
    }
  }

  @Test
  void testsErrAsOftenAsTheySay() {
    for (int n : new int[] {5, 10}) {
      var random = new SplittableRandom(100 + n);
      int wrong = 0;
      int anywhere = 0;
      for (int study = 0; study < STUDIES; study++) {
        double[] base = normal(random, n, 0);
        double[] p = new double[4];
        for (int arm = 0; arm < p.length; arm++) {
          double[] noise = normal(random, n, 0);
          for (int i = 0; i < n; i++) {
            noise[i] += base[i];
          }
          p[arm] = Paired.of(noise, base).p();
        }
        wrong += p[0] < 0.05 ? 1 : 0;
        boolean any = false;
        for (double adjusted : Paired.holm(p)) {
          any |= adjusted < 0.05;
        }
        anywhere += any ? 1 : 0;
      }
      System.out.printf("n = %d: the paired test errs in %.1f %%, four by Holm anywhere in %.1f %%%n", n,
          wrong * 100.0 / STUDIES, anywhere * 100.0 / STUDIES);
      assertThat(wrong / (double) STUDIES).as("n = " + n).isBetween(0.04, 0.06);
      assertThat(anywhere / (double) STUDIES).as("n = " + n).isLessThan(0.06);
    }
  }
}
