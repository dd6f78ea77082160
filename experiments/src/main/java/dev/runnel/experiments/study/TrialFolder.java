package dev.runnel.experiments.study;

import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.Lock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A trial's place in a study's folder, {@code trials/KEY}: {@code trial.json}, {@code journal.jsonl}, {@code run} (its
 * {@link dev.runnel.experiments.run.RunFolder}) and {@code lock}, which the process that has the trial holds.
 */
record TrialFolder(Path study, String key) {
  static final String DESCRIPTION = "trial.json";

  private Path folder() {
    return study.resolve("trials").resolve(key);
  }

  Path run() {
    return folder().resolve("run");
  }

  Path description() {
    return folder().resolve(DESCRIPTION);
  }

  /** Where a process of its own writes. */
  Path output() {
    return folder().resolve("output.log");
  }

  /** Keeps where an error came from. */
  void keep(String trace) {
    AtomicFile.replace(folder().resolve("error.txt"), trace);
  }

  Journal journal() {
    return new Journal(folder().resolve("journal.jsonl"));
  }

  /** Takes the trial, or null if another process or thread has it. */
  @Nullable Lock claim() {
    try {
      Files.createDirectories(folder());
    } catch (IOException e) {
      throw AtomicFile.failed(folder(), "made", e);
    }
    return Lock.take(folder().resolve("lock"));
  }
}
