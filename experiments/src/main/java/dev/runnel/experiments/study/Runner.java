package dev.runnel.experiments.study;

import dev.runnel.experiments.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs a plan's trials in a study's folder; any number of runners, in one process or many, share the work: each trial is
 * run by the one that holds its lock. A runner ends when every trial has come to its state, whoever ran it.
 */
final class Runner {
  private static final int LOOK_AGAIN_MILLIS = 200;

  private final Plan plan;
  private final Path folder;
  private final Workplace workplace;
  private final StudyProgress progress;
  private final Map<String, Plan.Trial> unique = new LinkedHashMap<>();
  private final Set<String> settled = ConcurrentHashMap.newKeySet();

  Runner(Plan plan, Path folder, Workplace workplace, StudyProgress progress) {
    this.plan = plan;
    this.folder = folder;
    this.workplace = workplace;
    this.progress = progress;
    plan.trials().forEach(trial -> unique.putIfAbsent(trial.key(), trial));
  }

  StudyView run(int jobs) {
    if (jobs > 1 && workplace.isolation() == null) {
      throw new IllegalArgumentException(
          "study: a process for each trial expected with %d at once: side by side in one they don't keep their last bits"
              .formatted(jobs));
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw AtomicFile.failed(folder, "made", e);
    }
    CodeVersion.current().write(folder);
    plan.write(folder);
    progress.begins(unique.size(), (int) unique.values().stream().filter(t -> isSettled(t, Rung.LAST)).count());
    sayWhatChanged();
    for (Rung rung : Rung.of(plan)) {
      workAll(jobs, rung);
      if (workplace.stop().now()) {
        break;
      }
      rung.prune(folder, plan, progress);
      settled.clear();
    }
    return StudyView.read(folder);
  }

  private void workAll(int jobs, Rung rung) {
    try (var workers = Executors.newFixedThreadPool(jobs)) {
      var works = new ArrayList<Future<?>>();
      for (int i = 0; i < jobs; i++) {
        works.add(workers.submit(() -> work(jobs, rung)));
      }
      for (var work : works) {
        work.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("study: interrupted", e);
    }
  }

  /** In what the first trial that nobody has begun differs from the one that was run in its place before. */
  private void sayWhatChanged() {
    for (var trial : unique.values()) {
      if (new TrialFolder(folder, trial.key()).journal().events().isEmpty()) {
        var now = new Archived(trial, plan.code(), Instant.now().toString());
        var reasons = Explanation.reasons(folder, now);
        if (!reasons.isEmpty()) {
          progress.say("%s seed %d is run anew: %s".formatted(
              trial.arm(), trial.seed(), String.join(";", reasons).strip()));
        }
        return;
      }
    }
  }

  /** Takes trial after trial until none is left that anybody has to do. */
  private void work(int jobs, Rung rung) {
    while (!workplace.stop().now()) {
      boolean open = false;
      boolean worked = false;
      for (var trial : unique.values()) {
        if (workplace.stop().now() || isSettled(trial, rung)) {
          continue;
        }
        open = true;
        try (var claim = new TrialFolder(folder, trial.key()).claim()) {
          if (claim != null && !isSettled(trial, rung)) {
            worked = true;
            workplace.advance(folder, plan, trial, rung, jobs, claim, progress);
          }
        }
      }
      if (!open) {
        return;
      }
      if (!worked) {
        lookAgainLater();
      }
    }
  }

  static void lookAgainLater() {
    try {
      Thread.sleep(LOOK_AGAIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("study: interrupted", e);
    }
  }

  private boolean isSettled(Plan.Trial trial, Rung rung) {
    if (settled.contains(trial.key())) {
      return true;
    }
    boolean now = rung.isSettled(plan, new TrialFolder(folder, trial.key()).journal().events());
    if (now) {
      settled.add(trial.key());
    }
    return now;
  }
}
