package dev.runnel.experiments.study;

import java.util.List;

/**
 * Successive halving (Jamieson and Talwalkar 2016, arXiv 1502.07943): all points train to the first rung; the better
 * part of them, by mean validation accuracy over seeds, goes on to the next; those that are left train to their end. All
 * trials of a rung are awaited, so what is given up doesn't depend on the number of workers.
 *
 * @param epochs rungs, rising
 * @param keep share of points that goes on at each, at least one of each arm
 */
public record Halving(List<Integer> epochs, double keep) {
  /** Checks the values; copies the list. */
  public Halving {
    epochs = List.copyOf(epochs);
    int last = 0;
    for (int epoch : epochs) {
      if (epoch <= last) {
        throw new IllegalArgumentException("epochs: numbers from 1 that rise expected, came " + epochs);
      }
      last = epoch;
    }
    if (!(keep > 0 && keep < 1) || epochs.isEmpty()) {
      throw new IllegalArgumentException(epochs.isEmpty() ? "epochs: one rung or more expected, came none"
          : "keep: a share between 0 and 1 expected, came " + keep);
    }
  }
}
