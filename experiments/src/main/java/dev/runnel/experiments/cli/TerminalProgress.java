package dev.runnel.experiments.cli;

import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.train.Progress;
import java.nio.file.Path;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar on a terminal; a line now and then elsewhere. */
final class TerminalProgress implements Progress {
  private static final long LINE_NANOS = 5_000_000_000L;

  private final Console console;
  private final Path run;
  private @Nullable ProgressBar bar;
  private int batches;
  private int epochs;
  private long lastLine;

  /** Names the run's folder when training begins: what is refused before that leaves none. */
  TerminalProgress(Console console, Path run) {
    this.console = console;
    this.run = run;
  }

  @Override
  public void begins(int batchesEach, int epochsAtMost, int done) {
    batches = batchesEach;
    epochs = epochsAtMost;
    console.say("run " + run);
    if (console.terminal()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("train")
              .setUnit(" steps", 1)
              .setInitialMax((long) batchesEach * epochsAtMost)
              .startsFrom((long) batchesEach * done, java.time.Duration.ZERO)
              .setStyle(ProgressBarStyle.ASCII)
              .showSpeed()
              .build();
    }
  }

  @Override
  public void step(int epoch, int batch, double loss, double accuracy) {
    if (bar != null) {
      bar.stepTo((long) (epoch - 1) * batches + batch);
      bar.setExtraMessage("epoch %d loss %.4f acc %.3f".formatted(epoch, loss, accuracy));
    }
  }

  @Override
  public void epoch(EpochMetrics m, boolean best) {
    long now = System.nanoTime();
    if (bar == null && (lastLine == 0 || now - lastLine > LINE_NANOS || m.epoch() == epochs)) {
      lastLine = now;
      double perSecond = batches / Math.max(1e-9, m.seconds());
      console.say(
          "epoch %d/%d  loss %.4f  acc %.3f  validation loss %.4f acc %.3f%s  %.1f steps/s  %.0f s left at most"
              .formatted(
                  m.epoch(), epochs, m.trainLoss(), m.trainAccuracy(), m.validationLoss(), m.validationAccuracy(),
                  best ? " (best)" : "", perSecond, (epochs - m.epoch()) * m.seconds()));
    }
  }

  @Override
  public void say(String line) {
    console.say(line);
  }

  @Override
  public void ends() {
    if (bar != null) {
      bar.close();
    }
  }
}
