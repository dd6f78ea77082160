package dev.runnel.experiments.study;

import dev.runnel.experiments.store.AtomicFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A trial's place in a study's folder, {@code trials/KEY}: {@code trial.json}, {@code journal.jsonl}, {@code run} (its
 * {@link dev.runnel.experiments.run.RunFolder}) and {@code lock}, which the process that has the trial holds; the
 * operating system gives it back when that process ends, however it ends.
 */
record TrialFolder(Path study, String key) {
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

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

  /** Having a trial, until it is closed. */
  record Claim(Path held, FileChannel channel) implements AutoCloseable {
    @Override
    public void close() {
      if (!channel.isOpen()) {
        return;
      }
      try {
        channel.close();
      } catch (IOException e) {
        throw AtomicFile.failed(held, "unlocked", e);
      } finally {
        HELD.remove(held);
      }
    }
  }

  /** Takes the trial, or null if another process or thread has it. */
  @Nullable Claim claim() {
    Path lock = folder().resolve("lock").toAbsolutePath().normalize();
    try {
      Files.createDirectories(folder());
      // Closing any channel of a file gives back all of a process's locks on it: don't open one of our own twice.
      if (!HELD.add(lock)) {
        return null;
      }
      FileChannel channel = null;
      FileLock got = null;
      try {
        channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        got = channel.tryLock();
        return got == null ? null : new Claim(lock, channel);
      } finally {
        if (got == null) {
          HELD.remove(lock);
          if (channel != null) {
            channel.close();
          }
        }
      }
    } catch (IOException e) {
      throw AtomicFile.failed(lock, "locked", e);
    }
  }
}
