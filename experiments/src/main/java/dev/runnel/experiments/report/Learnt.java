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

/** What a trained model does on the test part of its data. */
sealed interface Learnt {

  /**
   * It was looked at.
   *
   * @param classes their names
   * @param confusion rows of each class (first index) that were taken for each (second index)
   * @param seen trajectories of a few rows, or null where the model has no scan that can be looked into
   * @param labels classes of these rows
   */
  record Looked(List<String> classes, int[][] confusion, Session.@Nullable Trajectories seen, int[] labels)
      implements Learnt {}

  /** It can't be looked at here. */
  record Skipped(String why) implements Learnt {}

  /** Loads a trial's weights and runs them. */
  static Learnt of(TrialView trial, Trials trials) {
    var config = trial.config();
    try (var allocator = Memory.exact();
        var data = trials.load(config.data(), allocator)) {
      var split = trials.split(config.data(), data, config.seed());
      int[] test = (config.train().dropLast() ? split.whole(config.train().batch()) : split).test();
      return Trained.of(trial.run(), null, null).over(data, trials.registry(), allocator, (session, sequences) -> {
        int[] labels = Arrays.stream(test).map(sequences::label).toArray();
        int classes = sequences.classes().size();
        int[] shown = few(labels, classes, Math.max(classes, Portrait.MOST_STEPS / sequences.maxLength()));
        return new Looked(sequences.classes(), confusion(session, test, labels, classes),
            session.trajectories(Arrays.stream(shown).map(i -> test[i]).toArray()),
            Arrays.stream(shown).map(i -> labels[i]).toArray());
      });
    } catch (RuntimeException e) {
      return new Skipped(OneLine.of(e));
    }
  }

  private static int[][] confusion(Session session, int[] rows, int[] labels, int classes) {
    int[][] confusion = new int[classes][classes];
    int atOnce = 64; // as scores are computed
    for (int from = 0; from < rows.length; from += atOnce) {
      double[] logits = session.logits(Arrays.copyOfRange(rows, from, Math.min(rows.length, from + atOnce)));
      for (int i = 0; i < logits.length / classes; i++) {
        confusion[labels[from + i]][largest(logits, i * classes, classes)]++;
      }
    }
    return confusion;
  }

  /** Where the first rows of each class are, so many altogether. */
  private static int[] few(int[] labels, int classes, int most) {
    var few = new ArrayList<Integer>();
    int[] taken = new int[classes];
    int each = Math.clamp(most / classes, 1, Portrait.ROWS_A_CLASS);
    for (int i = 0; i < labels.length; i++) {
      if (few.size() < most && taken[labels[i]]++ < each) {
        few.add(i);
      }
    }
    return few.stream().mapToInt(i -> i).toArray();
  }

  private static int largest(double[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = values[from + i] > values[from + best] ? i : best;
    }
    return best;
  }
}
