package dev.runnel.experiments.study;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A study's trials, fixed before the first of them starts: what runs doesn't depend on who runs it. It is the file
 * {@code study.json} of a study's folder.
 *
 * @param name the study's
 * @param code the hash of the code that it was planned by, see {@link CodeVersion}
 * @param rules what is done with trials that end otherwise than with a result
 * @param halving rungs at which the worse points are given up, or null
 * @param trials in the order of arms, points and seeds
 */
public record Plan(String name, String code, Rules rules, @Nullable Halving halving, List<Trial> trials) {
  private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  private static final String FILE = "study.json";

  /** Copies the list. */
  public Plan {
    trials = List.copyOf(trials);
  }

  /**
   * One of them. Trials that are the same but for arm and point share a key, and a folder.
   *
   * @param key the hash of config, data and code
   * @param arm what it belongs to
   * @param point what the axes set, as {@code key=value, ...}; empty where a study has no axes
   * @param seed its seed
   * @param data the hash of what it learns from
   * @param config as HOCON
   */
  public record Trial(String key, String arm, String point, long seed, String data, String config) {

    /** Its config, bound. */
    public TrialConfig bound() {
      return Configs.parse("trial " + key, config);
    }
  }

  /** A study's plan, from its folder. */
  public static Plan read(Path study) {
    Path file = study.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(study + ": a study's folder expected, came "
          + (Files.isDirectory(study) ? "one without " + FILE : "no folder"));
    }
    try {
      return JSON.readValue(Files.readAllBytes(file), Plan.class);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + ": damaged: " + OneLine.of(e.getOriginalMessage(), "no plan")
          + "; run the study again, its trials are kept", e);
    } catch (IOException e) {
      throw AtomicFile.failed(file, "read", e);
    }
  }

  /** Runs what is missing of it, so many trials at once. */
  public StudyView run(Path folder, int jobs, Workplace workplace, StudyProgress progress) {
    return new Runner(this, folder, workplace, progress).run(jobs);
  }

  /**
   * Brings one trial to some epoch, or does nothing where another process has it.
   *
   * @return what became of it
   */
  public State runOne(Path folder, String key, int epochs, int threads, Workplace workplace) {
    var trial = trials.stream().filter(t -> t.key().equals(key)).findFirst().orElseThrow(() ->
        new IllegalArgumentException("%s: a trial of the study expected, '%s' is none".formatted(folder, key)));
    var place = new TrialFolder(folder, key);
    var rung = new Rung(epochs);
    try (var claim = place.claim()) {
      if (claim != null && !rung.isSettled(this, place.journal().events())) {
        workplace.train(folder, this, trial, rung, threads, StudyProgress.SILENT);
      }
    }
    return TrialView.of(folder, trial).state();
  }

  /** Writes it into a study's folder. */
  void write(Path study) {
    AtomicFile.replace(study.resolve(FILE), JSON.writeValueAsString(this) + "\n");
  }
}
