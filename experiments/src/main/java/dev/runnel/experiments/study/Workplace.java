package dev.runnel.experiments.study;

import dev.runnel.experiments.config.BackendConfig;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.Lock;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.train.NonFinite;
import dev.runnel.experiments.train.Stop;
import dev.runnel.experiments.train.Stopped;
import dev.runnel.experiments.train.Trials;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where trials are run: in this process, or each in one of its own.
 *
 * @param stop ends all of it; what runs is saved first
 * @param isolation how a process is begun for a trial, or null
 */
public record Workplace(Trials trials, Stop stop, @Nullable Isolation isolation) {
  private static final int GRACE_SECONDS = 60;

  /** How a process is begun that runs one trial. */
  @FunctionalInterface
  public interface Isolation {
    /**
     * The command of a process that calls {@link Plan#runOne} with these.
     *
     * @param memory largest heap, as {@code -Xmx} takes it; empty for Java's own
     */
    List<String> command(Path study, String key, int epochs, int threads, String memory);
  }

  /** Runs in this process until it is done. */
  public static Workplace here(Trials trials) {
    return new Workplace(trials, Stop.NEVER, null);
  }

  /** Brings a trial that this runner holds to a rung. */
  void advance(Path study, Plan plan, Plan.Trial trial, Rung rung, int jobs, Lock claim,
      StudyProgress progress) {
    var place = new TrialFolder(study, trial.key());
    var journal = place.journal();
    Archived.write(study, trial, plan.code());
    var events = journal.events();
    if (!events.isEmpty() && events.getLast().state() == State.RUNNING) {
      came(journal, progress, trial, State.LOST,
          "its process %s ended without a word".formatted(events.getLast().process()), 0);
      if (rung.isSettled(plan, journal.events())) {
        return;
      }
    }
    int threads = Math.max(1, trial.bound().backend().workers() / jobs);
    if (isolation == null) {
      train(study, plan, trial, rung, threads, progress);
    } else {
      claim.close();
      progress.begins(trial).begins(0, 0, 0);
      apart(isolation.command(study, trial.key(), rung.epochs(), threads, plan.rules().memory()), place, plan.rules());
      var last = journal.events().getLast();
      progress.came(trial, last.state(), last.why());
    }
  }

  /** Trains to a rung; the trial's lock is held by the caller. */
  void train(Path study, Plan plan, Plan.Trial trial, Rung rung, int threads, StudyProgress progress) {
    var place = new TrialFolder(study, trial.key());
    var journal = place.journal();
    Path run = place.run();
    var upTo = stop.orAfterEpoch(rung.epochs());
    journal.add(State.RUNNING, null, 0);
    var watch = progress.begins(trial);
    try {
      if (Files.exists(run.resolve("config.conf"))) {
        trials.resume(run, watch, upTo);
      } else {
        clear(run);
        var command = List.of("study", plan.name(), trial.key());
        trials.train(withThreads(trial.bound(), threads), run, watch, command, upTo);
      }
      came(journal, progress, trial, State.DONE, null, 0);
    } catch (Stopped e) {
      came(journal, progress, trial, State.PAUSED, "after epoch " + e.epochs(), e.epochs());
    } catch (NonFinite e) {
      came(journal, progress, trial, State.NONFINITE, OneLine.of(e), 0);
    } catch (RuntimeException | OutOfMemoryError e) {
      place.keep(trace(e));
      came(journal, progress, trial, State.FAILED, OneLine.of(e), 0);
    }
  }

  private static String trace(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static void came(
      Journal journal, StudyProgress progress, Plan.Trial trial, State state, @Nullable String why, int epochs) {
    journal.add(state, why, epochs);
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

  /** The bits of a result don't depend on them. */
  private static TrialConfig withThreads(TrialConfig trial, int threads) {
    var backend = trial.backend();
    return new TrialConfig(trial.name(), trial.seed(), trial.data(), trial.model(), trial.train(),
        new BackendConfig(backend.name(), threads, backend.device(), backend.dump()));
  }

  /** Waits for a process of its own, which says in the journal what became of the trial. */
  private void apart(List<String> command, TrialFolder place, Rules rules) {
    Path output = place.output();
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())).start();
      long minutes = rules.minutes() == 0 ? Long.MAX_VALUE : rules.minutes();
      long end = rules.minutes() == 0 ? Long.MAX_VALUE : System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
      boolean asked = false;
      while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
        boolean late = System.nanoTime() > end;
        if (!asked && (late || stop.now())) {
          asked = true;
          process.destroy();
          if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
          }
        }
      }
      try (var claim = place.claim()) {
        var events = place.journal().events();
        if (claim != null && rules.minutes() > 0 && System.nanoTime() > end && !events.isEmpty()
            && events.getLast().state() != State.DONE) {
          place.journal().add(State.FAILED, 
              "rules.minutes: at most %d expected, it took longer; its last checkpoint is kept".formatted(minutes), 0);
        } else if (claim != null && (events.isEmpty() || events.getLast().state() == State.RUNNING)) {
          place.journal().add(State.LOST, "its process ended with code %d; see %s".formatted(process.exitValue(), output), 0);
        }
      }
    } catch (IOException e) {
      throw AtomicFile.failed(output, "written", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("study: interrupted", e);
    }
  }
}
