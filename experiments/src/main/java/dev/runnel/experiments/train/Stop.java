package dev.runnel.experiments.train;

/** Says when a training is to end before it is over; it can be gone on with then, to the same bits. */
@FunctionalInterface
public interface Stop {
  /** Never. */
  Stop NEVER = () -> false;

  /** Whether to stop here: asked before and after each step, and while a full disk is waited for. */
  boolean now();

  /** Whole epochs after which to stop. */
  default int epochs() {
    return Integer.MAX_VALUE;
  }

  /** Once that many epochs are whole, at once where they are. A training that is over by then is not stopped. */
  static Stop afterEpoch(int epochs) {
    return NEVER.orAfterEpoch(epochs);
  }

  /** Where this one stops, and once that many epochs are whole. */
  default Stop orAfterEpoch(int most) {
    var first = this;
    return new Stop() {
      @Override
      public boolean now() {
        return first.now();
      }

      @Override
      public int epochs() {
        return Math.min(most, first.epochs());
      }
    };
  }
}
