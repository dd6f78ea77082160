package dev.runnel.experiments.train;

/** A step came to a loss or a gradient that training can't go on from; {@link Diagnosis} finds where it began. */
final class Exploded extends RuntimeException {
  private static final long serialVersionUID = 1;
  /** Larger losses are explosions: a model that guesses is at log(classes). */
  private static final double LARGEST_LOSS = 1e8;

  final int epoch;
  final long step;

  private Exploded(String line, int epoch, long step) {
    super(line);
    this.epoch = epoch;
    this.step = step;
  }

  /** Refuses what a step came to, the step being the last of a position. */
  static void check(Session.Outcome outcome, Position at) {
    if (!Double.isFinite(outcome.loss())) {
      throw new Exploded("a finite loss expected, %s came".formatted(outcome.loss()), at.epoch + 1, at.steps);
    }
    if (outcome.loss() > LARGEST_LOSS) {
      throw new Exploded(
          "a loss of at most %.0e expected, %.3e came".formatted(LARGEST_LOSS, outcome.loss()), at.epoch + 1, at.steps);
    }
    if (!Double.isFinite(outcome.gradientNorm())) {
      throw new Exploded(
          "a finite norm of the gradient expected, %s came".formatted(outcome.gradientNorm()), at.epoch + 1, at.steps);
    }
  }
}
