package dev.runnel.autodiff.kernel;

/** Position of a part among a plan's parts, and of a stage within it. */
record Spot(int part, int stage) implements Comparable<Spot> {

  /** Before all parts: inputs and variables are there. */
  static final Spot START = new Spot(-1, 0);

  @Override
  public int compareTo(Spot o) {
    return part != o.part ? Integer.compare(part, o.part) : Integer.compare(stage, o.stage);
  }
}
