package dev.runnel.experiments.train;

import dev.runnel.experiments.run.EpochMetrics;

/** Is told how training goes. */
public interface Progress {

  /** Before the first step: batches of an epoch, and epochs to come at most. */
  void begins(int batches, int epochs, int done);

  /** After each step, with the epoch's means so far. */
  void step(int epoch, int batch, double loss, double accuracy);

  /** After each epoch. */
  void epoch(EpochMetrics metrics, boolean best);

  /** Something worth a line. */
  void say(String line);

  /** When training is over. */
  void ends();

  /** Says nothing. */
  Progress SILENT =
      new Progress() {
        @Override
        public void begins(int batches, int epochs, int done) {}

        @Override
        public void step(int epoch, int batch, double loss, double accuracy) {}

        @Override
        public void epoch(EpochMetrics metrics, boolean best) {}

        @Override
        public void say(String line) {}

        @Override
        public void ends() {}
      };
}
