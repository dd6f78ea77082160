package dev.runnel.experiments.train;

/** Training came to numbers that are not finite, or to a loss that has exploded. */
public final class NonFinite extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int epoch;
  private final long step;
  private final String tensor;

  /**
   * One line: where, what, and what to do.
   *
   * @param epoch from 1
   * @param step of the optimiser, from 1
   * @param tensor what was not finite first, as in {@code gradient of blocks.0.cell.W}
   */
  NonFinite(String line, int epoch, long step, String tensor) {
    super(line);
    this.epoch = epoch;
    this.step = step;
    this.tensor = tensor;
  }

  /** The epoch in which it happened, from 1. */
  public int epoch() {
    return epoch;
  }

  /** The step of the optimiser at which it happened, from 1. */
  public long step() {
    return step;
  }

  /** What was not finite first: rows of input or of logits, a parameter or its gradient, by path. */
  public String tensor() {
    return tensor;
  }
}
