package dev.runnel.experiments.study;

import dev.runnel.experiments.config.BackendConfig;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.train.NonFinite;
import dev.runnel.experiments.train.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs a plan's trials in a study's folder; any number of runners, in one process or many, share the work: each trial is
 * run by the one that holds its lock. A runner ends when every trial has come to its state, whoever ran it.
 */
final class Runner {
  private static final int LOOK_AGAIN_MILLIS = 200;

  private final Trials trials;
  private final Plan plan;
  private final Path folder;
  private final StudyProgress progress;
  private final Map<String, Plan.Trial> unique = new LinkedHashMap<>();
  private final Set<String> settled = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean stopped = new AtomicBoolean();

  Runner(Trials trials, Plan plan, Path folder, StudyProgress progress) {
    this.trials = trials;
    this.plan = plan;
    this.folder = folder;
    this.progress = progress;
    plan.trials().forEach(trial -> unique.putIfAbsent(trial.key(), trial));
  }

  StudyView run(int jobs) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw AtomicFile.failed(folder, "made", e);
    }
    CodeVersion.current().write(folder);
    plan.write(folder);
    progress.begins(unique.size(), (int) unique.values().stream().filter(this::isSettled).count());
    try (var workers = Executors.newFixedThreadPool(jobs)) {
      var works = new ArrayList<Future<?>>();
      for (int i = 0; i < jobs; i++) {
        works.add(workers.submit(() -> work(jobs)));
      }
      for (var work : works) {
        work.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return StudyView.read(folder);
  }

  /** Takes trial after trial until none is left that anybody has to do. */
  private void work(int jobs) {
    while (!stopped.get()) {
      boolean open = false;
      boolean worked = false;
      for (var trial : unique.values()) {
        if (stopped.get() || isSettled(trial)) {
          continue;
        }
        open = true;
        try (var claim = new TrialFolder(folder, trial.key()).claim()) {
          if (claim != null && !isSettled(trial)) {
            worked = true;
            advance(trial, jobs);
          }
        }
      }
      if (!open) {
        return;
      }
      if (!worked) {
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_AGAIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("study: interrupted", e);
    }
  }

  private boolean isSettled(Plan.Trial trial) {
    if (settled.contains(trial.key())) {
      return true;
    }
    boolean now = settled(new TrialFolder(folder, trial.key()).journal().events());
    if (now) {
      settled.add(trial.key());
    }
    return now;
  }

  /** Whether the rules leave a trial as it is. */
  private boolean settled(List<Journal.Event> events) {
    State state = events.isEmpty() ? State.WAITING : events.getLast().state();
    return events.stream().filter(e -> e.state() == state).count() > plan.rules().retries(state);
  }

  /** Runs a trial that this runner holds. */
  private void advance(Plan.Trial trial, int jobs) {
    var place = new TrialFolder(folder, trial.key());
    var journal = place.journal();
    var events = journal.events();
    if (!events.isEmpty() && events.getLast().state() == State.RUNNING) {
      came(journal, trial, State.LOST, "its process %s ended without a word".formatted(events.getLast().process()));
      if (settled(journal.events())) {
        return;
      }
    }
    journal.add(State.RUNNING, null);
    Path run = place.run();
    var watch = progress.begins(trial);
    try {
      if (Files.exists(run.resolve("config.conf"))) {
        trials.resume(run, watch);
      } else {
        clear(run);
        trials.train(shared(trial.bound(), jobs), run, watch, List.of("study", plan.name(), trial.key()));
      }
      came(journal, trial, State.DONE, null);
    } catch (NonFinite e) {
      came(journal, trial, State.NONFINITE, OneLine.of(e));
    } catch (RuntimeException | OutOfMemoryError e) {
      came(journal, trial, State.FAILED, OneLine.of(e));
    }
  }

  private void came(Journal journal, Plan.Trial trial, State state, @org.jspecify.annotations.Nullable String why) {
    journal.add(state, why);
    progress.came(trial, state, why);
  }

  /** Takes away what a process left that was killed before the run was whole. */
  private static void clear(Path run) {
    try {
      if (Files.exists(run)) {
        try (var files = Files.list(run)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw AtomicFile.failed(run, "cleared", e);
    }
  }

  /** On its share of the cores: the bits of a result don't depend on it. */
  private static TrialConfig shared(TrialConfig trial, int jobs) {
    var backend = trial.backend();
    int threads = Math.max(1, backend.workers() / jobs);
    return new TrialConfig(trial.name(), trial.seed(), trial.data(), trial.model(), trial.train(),
        new BackendConfig(backend.name(), threads, backend.device(), backend.dump()));
  }
}
