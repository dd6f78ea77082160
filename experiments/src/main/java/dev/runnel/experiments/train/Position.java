package dev.runnel.experiments.train;

import dev.runnel.experiments.weights.SafeTensors;
import java.util.Map;
import java.util.TreeMap;

/** How far a run is, inside of an epoch too. */
final class Position {
  /** Whole epochs done, their validation included. */
  int epoch;
  /** Steps done of the next one, and sums over them. */
  int batch;
  double loss;
  double norm;
  long right;
  long seen;
  double epochSeconds;
  /** Steps of the optimiser. */
  long steps;
  /** The best epoch, 0 for none yet, by what it was chosen, and its accuracy. */
  int bestEpoch;
  double best;
  double bestAccuracy;
  double seconds;

  /** As a checkpoint's texts say. */
  static Position of(SafeTensors checkpoint) {
    var at = new Position();
    at.epoch = (int) number(checkpoint, "epoch");
    at.batch = (int) number(checkpoint, "batch");
    at.loss = number(checkpoint, "loss");
    at.norm = number(checkpoint, "norm");
    at.right = (long) number(checkpoint, "right");
    at.seen = (long) number(checkpoint, "seen");
    at.epochSeconds = number(checkpoint, "epoch_seconds");
    at.steps = (long) number(checkpoint, "steps");
    at.bestEpoch = (int) number(checkpoint, "best_epoch");
    at.best = number(checkpoint, "best");
    at.bestAccuracy = number(checkpoint, "best_accuracy");
    at.seconds = number(checkpoint, "seconds");
    return at;
  }

  Map<String, String> texts() {
    var texts = new TreeMap<String, String>();
    texts.put("epoch", Integer.toString(epoch));
    texts.put("batch", Integer.toString(batch));
    texts.put("loss", Double.toString(loss));
    texts.put("norm", Double.toString(norm));
    texts.put("right", Long.toString(right));
    texts.put("seen", Long.toString(seen));
    texts.put("epoch_seconds", Double.toString(epochSeconds));
    texts.put("steps", Long.toString(steps));
    texts.put("best_epoch", Integer.toString(bestEpoch));
    texts.put("best", Double.toString(best));
    texts.put("best_accuracy", Double.toString(bestAccuracy));
    texts.put("seconds", Double.toString(seconds));
    return texts;
  }

  void stepped(Session.Outcome outcome, int rows) {
    batch++;
    steps++;
    loss += outcome.loss();
    norm += outcome.gradientNorm();
    right += outcome.right();
    seen += rows;
  }

  /** Whether the epoch at work, of this value of the selecting metric, is the best so far; the latest of equals. */
  boolean isBest(double value, boolean largerBetter) {
    return bestEpoch == 0 || Double.isNaN(best) || (largerBetter ? value >= best : value <= best);
  }

  /** The epoch is whole. */
  void nextEpoch() {
    epoch++;
    batch = 0;
    loss = 0;
    norm = 0;
    right = 0;
    seen = 0;
    epochSeconds = 0;
  }

  private static double number(SafeTensors checkpoint, String name) {
    var text = checkpoint.metadata().get(name);
    try {
      return Double.parseDouble(String.valueOf(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("checkpoint: a number '%s' expected, '%s' came".formatted(name, text), e);
    }
  }
}
