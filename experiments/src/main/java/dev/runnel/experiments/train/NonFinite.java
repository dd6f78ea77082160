package dev.runnel.experiments.train;

/** Training came to numbers that are not finite. */
public final class NonFinite extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** One line: where, and what to do. */
  public NonFinite(String line) {
    super(line);
  }
}
