package dev.runnel.experiments.cli;

import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.study.Plan;
import dev.runnel.experiments.study.State;
import dev.runnel.experiments.study.StudyProgress;
import dev.runnel.experiments.train.Progress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A line for each trial that comes to an end; on a terminal a bar of all trials, with how those that run are doing. */
final class StudyLines implements StudyProgress {
  private final Console console;
  private final Path folder;
  private final Map<String, String> running = new ConcurrentHashMap<>();
  private final AtomicInteger ended = new AtomicInteger();
  private @Nullable ProgressBar bar;
  private int all;
  private volatile boolean failed;

  StudyLines(Console console, Path folder) {
    this.console = console;
    this.folder = folder;
  }

  @Override
  public void begins(int trials, int settled) {
    all = trials;
    ended.set(settled);
    console.say("%s: %d trials, %d of them settled already".formatted(folder, trials, settled));
    if (console.terminal() && settled < trials) {
      bar = new ProgressBarBuilder().setTaskName("study").setUnit(" trials", 1).setInitialMax(trials)
          .startsFrom(settled, java.time.Duration.ZERO).setStyle(ProgressBarStyle.ASCII).build();
    }
  }

  @Override
  public Progress begins(Plan.Trial trial) {
    return new Progress() {
      private int epochs;

      @Override
      public void begins(int batches, int epochsAtMost, int done) {
        epochs = epochsAtMost;
        show("begins");
      }

      @Override
      public void step(int epoch, int batch, double loss, double accuracy) {}

      @Override
      public void epoch(EpochMetrics metrics, boolean best) {
        show("%d/%d %.3f".formatted(metrics.epoch(), epochs, metrics.validationAccuracy()));
      }

      @Override
      public void say(String line) {
        StudyLines.this.say(called(trial) + ": " + line);
      }

      @Override
      public void ends() {}

      private void show(String how) {
        running.put(called(trial), how);
        refresh();
      }
    };
  }

  /** Whether a trial has failed, or came to numbers that are not finite. */
  boolean hasFailed() {
    return failed;
  }

  @Override
  public void came(Plan.Trial trial, State state, @Nullable String why) {
    failed |= state == State.FAILED || state == State.NONFINITE;
    running.remove(called(trial));
    boolean more = state == State.LOST || state == State.PAUSED;
    int now = more ? ended.get() : ended.incrementAndGet();
    say("%d/%d  %s  %s%s".formatted(now, all, called(trial), state, why == null ? "" : "  " + why));
    refresh();
  }

  /** A bar is one line, so lines of ours go above it. */
  @Override
  public void say(String line) {
    console.say((bar == null ? "" : "\r\u001b[2K") + line);
  }

  private void refresh() {
    if (bar != null) {
      bar.stepTo(ended.get());
      bar.setExtraMessage(running.entrySet().stream().map(e -> e.getKey() + " " + e.getValue())
          .collect(Collectors.joining("; ")));
      if (ended.get() == all) {
        bar.close();
      }
    }
  }

  private static String called(Plan.Trial trial) {
    return trial.arm() + (trial.point().isEmpty() ? "" : " [" + trial.point() + "]") + " seed " + trial.seed();
  }
}
