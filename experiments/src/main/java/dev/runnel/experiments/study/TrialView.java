package dev.runnel.experiments.study;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.train.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A trial as its folder tells it now.
 *
 * @param trial what was planned
 * @param state how far it is
 * @param why what went wrong, or null
 * @param begun how often it was begun or gone on with
 * @param run the folder of its run, which is there once it was begun
 */
public record TrialView(Plan.Trial trial, State state, @Nullable String why, int begun, Path run) {

  /** Reads a trial of a study's folder. */
  static TrialView of(Path study, Plan.Trial trial) {
    var folder = new TrialFolder(study, trial.key());
    var events = folder.journal().events();
    var last = events.isEmpty() ? null : events.getLast();
    State state = last == null ? State.WAITING
        : last.state() == State.RUNNING && Journal.isGone(last.process()) ? State.LOST : last.state();
    int begun = (int) events.stream().filter(e -> e.state() == State.RUNNING).count();
    return new TrialView(trial, state, last == null ? null : last.why(), begun, folder.run());
  }

  /** A run outside of studies, as the one arm of its config's name. */
  static TrialView alone(Path run) {
    try (var folder = RunFolder.read(run)) {
      var config = folder.config();
      var trial = new Plan.Trial(String.valueOf(run.toAbsolutePath().normalize().getFileName()), config.name(), "",
          config.seed(), folder.provenance().data().sha256(), Configs.render(config));
      return new TrialView(trial, folder.done() ? State.DONE : State.PAUSED, null, 1, run);
    }
  }

  /** A trial, and the name of the folder of its study. */
  public record Placed(String study, TrialView view) {}

  /** The trial whose run lies in a folder; null where that is not in a study's folder. */
  public static @Nullable Placed ofRun(Path run) {
    Path place = run.toAbsolutePath().normalize().getParent();
    Path study = place == null || place.getParent() == null ? null : place.getParent().getParent();
    if (place == null || study == null || !Files.isRegularFile(place.resolve(TrialFolder.DESCRIPTION))) {
      return null;
    }
    return new Placed(String.valueOf(study.getFileName()), of(study, Archived.read(place).trial()));
  }

  /** Its arm. */
  public String arm() {
    return trial.arm();
  }

  /** What the axes set, empty without axes. */
  public String point() {
    return trial.point();
  }

  /** Its seed. */
  public long seed() {
    return trial.seed();
  }

  /** Its config. */
  public TrialConfig config() {
    return trial.bound();
  }

  /** Its result, or null where there is none. */
  public @Nullable Outcome outcome() {
    try (var folder = state == State.DONE ? RunFolder.read(run) : null) {
      return folder == null ? null : Outcome.of(folder.result(), run);
    }
  }

  /** Its result, of a trial that is done. */
  public Outcome done() {
    return Objects.requireNonNull(outcome(), () -> "trial " + trial.key() + " has no result");
  }

  /** Its rows of all epochs so far. */
  public List<EpochMetrics> metrics() {
    if (!Files.isRegularFile(run.resolve("config.conf"))) {
      return List.of();
    }
    try (var folder = RunFolder.read(run)) {
      return folder.metrics().rows();
    }
  }
}
