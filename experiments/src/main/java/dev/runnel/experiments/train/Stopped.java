package dev.runnel.experiments.train;

/** A training was stopped before it was over; its folder holds what going on takes. */
public final class Stopped extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int epochs;
  private final long steps;

  Stopped(String line, Position at) {
    super(line);
    epochs = at.epoch;
    steps = at.steps;
  }

  /** Whole epochs that are done. */
  public int epochs() {
    return epochs;
  }

  /** Steps of the optimiser that are done. */
  public long steps() {
    return steps;
  }
}
