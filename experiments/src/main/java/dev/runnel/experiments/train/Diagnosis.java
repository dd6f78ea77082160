package dev.runnel.experiments.train;

import dev.runnel.autodiff.Variables;
import dev.runnel.datasets.Batches;
import dev.runnel.experiments.run.RunFolder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds where numbers stopped being finite: trains again from the last checkpoint, or from the first values, up to the
 * step before, then looks at what the step read and made, in the order in which it did.
 *
 * @param variables with their first values
 */
record Diagnosis(Prepared data, Batches batches, long seed, RunFolder folder, Session session, Variables variables) {

  NonFinite of(Exploded exploded, Progress progress) {
    var at = new Position();
    var checkpoint = folder.latestCheckpoint(progress::say);
    if (checkpoint != null) {
      Weights.load(checkpoint.content(), variables, path -> true, "");
      at = Position.of(checkpoint.content());
    }
    int[] rows = {};
    while (at.steps < exploded.step) {
      data.epoch().set(at.epoch + 1);
      var order = batches.shuffled(seed, at.epoch + 1);
      while (at.batch < order.size() && at.steps < exploded.step) {
        rows = order.get(at.batch);
        if (at.steps + 1 < exploded.step) {
          session.train(rows, null);
        }
        at.batch++;
        at.steps++;
      }
      if (at.batch == order.size() && at.steps < exploded.step) {
        at.nextEpoch();
      }
    }
    var first = first(rows);
    var kept = checkpoint == null ? "there is no checkpoint yet"
        : "the last good checkpoint is " + folder.checkpoint(checkpoint.steps());
    var line = "train: %s at epoch %d, step %d: %s; lower train.optimiser.rate, or standardise; %s".formatted(
        exploded.getMessage(), exploded.epoch, exploded.step,
        first == null ? "all that it read and made is finite, but too large" : first + " is the first not finite",
        kept);
    return new NonFinite(line, exploded.epoch, exploded.step, first == null ? "loss" : first);
  }

  /** A variable that is not finite, the model's own before the optimiser's, or null. */
  static @Nullable String notFinite(Variables variables, Set<String> ofModel) {
    var paths = variables.areas().keySet();
    return Stream.concat(paths.stream().filter(ofModel::contains), paths.stream().filter(p -> !ofModel.contains(p)))
        .filter(path -> !Arrays.stream(variables.get(path)).allMatch(Double::isFinite)).findFirst().orElse(null);
  }

  private @Nullable String first(int[] rows) {
    var variable = notFinite(variables, session.weights());
    if (variable != null) {
      return "parameter " + variable;
    }
    var made = session.stepInside(rows);
    for (var tensor : List.of("x", "logits")) {
      double[] values = made.getOrDefault(tensor, new double[0]);
      int each = values.length / rows.length;
      for (int i = 0; i < values.length; i++) {
        if (!Double.isFinite(values[i])) {
          return "%s of row %d".formatted(tensor.equals("x") ? "input" : tensor, rows[i / each]);
        }
      }
    }
    return made.entrySet().stream().filter(e -> !Arrays.stream(e.getValue()).allMatch(Double::isFinite))
        .map(Map.Entry::getKey).findFirst().orElse(null);
  }
}
