package dev.runnel.experiments.bench;

import dev.runnel.autodiff.Program;
import java.util.Arrays;

/** Times of repeated runs, in milliseconds. */
record Timing(double median, double least, int runs) {
  private static final int LEAST_RUNS = 20;
  private static final double SECONDS = 2;

  /** How results name the statistic. */
  static final String STATISTIC = "median";

  /** Runs for a while to warm up, then at least twenty times. */
  static Timing of(Program program) {
    long start = System.nanoTime();
    int warm = 0;
    while (warm < 5 || ((System.nanoTime() - start) / 1e9 < SECONDS && warm < 300)) {
      program.run();
      warm++;
    }
    double each = (System.nanoTime() - start) / 1e9 / warm;
    double[] times = new double[(int) Math.clamp(SECONDS / each, LEAST_RUNS, 1000)];
    for (int i = 0; i < times.length; i++) {
      long from = System.nanoTime();
      program.run();
      times[i] = (System.nanoTime() - from) / 1e6;
    }
    Arrays.sort(times);
    return new Timing(times[times.length / 2], times[0], times.length);
  }
}
