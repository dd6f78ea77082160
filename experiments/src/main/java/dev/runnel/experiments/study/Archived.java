package dev.runnel.experiments.study;

import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A trial that was begun some time, whatever the study's plan says by now: the file {@code trial.json} of its folder.
 *
 * @param code the hash of the code that planned it
 * @param time when it was begun first, in UTC
 */
record Archived(Plan.Trial trial, String code, String time) {
  private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Writes it into the trial's folder, once. */
  static void write(Path study, Plan.Trial trial, String code) {
    Path file = new TrialFolder(study, trial.key()).description();
    if (!Files.exists(file)) {
      var now = new Archived(trial, code, Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
      AtomicFile.replace(file, JSON.writeValueAsString(now) + "\n");
    }
  }

  /** All of a study's folder. */
  static List<Archived> all(Path study) {
    Path trials = study.resolve("trials");
    var all = new ArrayList<Archived>();
    if (!Files.isDirectory(trials)) {
      return all;
    }
    try (var folders = Files.list(trials)) {
      for (Path folder : folders.sorted().toList()) {
        if (Files.exists(folder.resolve(TrialFolder.DESCRIPTION))) {
          all.add(read(folder));
        }
      }
    } catch (IOException e) {
      throw AtomicFile.failed(trials, "listed", e);
    }
    return all;
  }

  /** Of a trial's folder. */
  static Archived read(Path trial) {
    Path file = trial.resolve(TrialFolder.DESCRIPTION);
    try {
      return JSON.readValue(Files.readAllBytes(file), Archived.class);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + ": damaged: " + OneLine.of(e.getOriginalMessage(), "no trial")
          + "; remove it, the trial is not run again for it", e);
    } catch (IOException e) {
      throw AtomicFile.failed(file, "read", e);
    }
  }
}
