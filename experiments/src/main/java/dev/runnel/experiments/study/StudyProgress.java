package dev.runnel.experiments.study;

import dev.runnel.experiments.train.Progress;
import org.jspecify.annotations.Nullable;

/** Is told how a study goes, by several threads. */
public interface StudyProgress {

  /** Before the first trial: how many there are, and how many of them need nothing more. */
  void begins(int trials, int settled);

  /** A trial is begun or gone on with; what is told how it trains. */
  Progress begins(Plan.Trial trial);

  /** A trial came to a state; why, where there is something to say. */
  void came(Plan.Trial trial, State state, @Nullable String why);

  /** Something worth a line. */
  void say(String line);

  /** Says nothing. */
  StudyProgress SILENT =
      new StudyProgress() {
        @Override
        public void begins(int trials, int settled) {}

        @Override
        public Progress begins(Plan.Trial trial) {
          return Progress.SILENT;
        }

        @Override
        public void came(Plan.Trial trial, State state, @Nullable String why) {}

        @Override
        public void say(String line) {}
      };
}
