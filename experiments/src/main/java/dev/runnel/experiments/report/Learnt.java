package dev.runnel.experiments.report;

import dev.runnel.autodiff.memory.Memory;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.study.TrialView;
import dev.runnel.experiments.train.Session;
import dev.runnel.experiments.train.Trained;
import dev.runnel.experiments.train.Trials;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a trained model does on the test part of its data.
 *
 * @param classes their names
 * @param confusion rows of each class (first index) that were taken for each (second index)
 * @param seen trajectories of a few rows, or null where the model has no nonlinear scan
 * @param labels classes of these rows
 */
record Learnt(List<String> classes, int[][] confusion, Session.@Nullable Trajectories seen, int[] labels) {
  private static final int ROWS_A_CLASS = 6;
  private static final int MOST_ROWS = 24;
  private static final int AT_ONCE = 64;

  /** Loads a trial's weights and runs them; a line in place of it where that can't be done here. */
  static Object of(TrialView trial, Trials trials) {
    try (var allocator = Memory.exact();
        var data = trials.load(trial.config().data(), allocator)) {
      var config = trial.config();
      int[] test = trials.split(config.data(), data, config.seed()).test();
      return Trained.of(trial.run(), null, null).over(data, trials.registry(), allocator, (session, sequences) -> {
        int classes = sequences.classes().size();
        int[][] confusion = new int[classes][classes];
        var few = new ArrayList<Integer>();
        int[] taken = new int[classes];
        for (int from = 0; from < test.length; from += AT_ONCE) {
          int[] rows = Arrays.copyOfRange(test, from, Math.min(test.length, from + AT_ONCE));
          double[] logits = session.logits(rows);
          for (int i = 0; i < rows.length; i++) {
            int label = sequences.label(rows[i]);
            confusion[label][largest(logits, i * classes, classes)]++;
            if (few.size() < MOST_ROWS && taken[label]++ < ROWS_A_CLASS) {
              few.add(rows[i]);
            }
          }
        }
        int[] shown = few.stream().mapToInt(row -> row).toArray();
        int[] labels = Arrays.stream(shown).map(sequences::label).toArray();
        return new Learnt(sequences.classes(), confusion, session.trajectories(shown), labels);
      });
    } catch (RuntimeException e) {
      return OneLine.of(e);
    }
  }

  private static int largest(double[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = values[from + i] > values[from + best] ? i : best;
    }
    return best;
  }
}
