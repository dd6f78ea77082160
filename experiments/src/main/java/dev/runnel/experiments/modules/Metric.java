package dev.runnel.experiments.modules;

/** A number that says how well a model's scores fit labels. */
public interface Metric {

  /** One line for people. */
  String summary();

  /** Whether a larger value is better. */
  boolean isLargerBetter();

  /**
   * Its value.
   *
   * @param labels (B), in [0, C)
   * @param logits (B, C), row-major
   * @param classes C
   */
  double of(int[] labels, double[] logits, int classes);
}
