package dev.runnel.experiments.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writing waits where a disk is full, and nowhere else. */
final class RetryTest {
  @TempDir Path folder;
  private final List<String> said = new ArrayList<>();
  private int attempts;

  /** Fails so often before it writes. */
  private Runnable writes(int failures, String why) {
    return () -> {
      if (++attempts <= failures) {
        throw new DiskFull(folder.resolve("file"), 1234, new IOException(why));
      }
      AtomicFile.replace(folder.resolve("file"), "whole");
    };
  }

  @Test
  void aFullDiskIsWaitedForAndSaidOnce() throws IOException {
    long start = System.nanoTime();
    new Retry(said::add, () -> false, Duration.ofMillis(30)).write(writes(3, "No space left on device"));
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(90_000_000L);
    assertThat(attempts).isEqualTo(4);
    assertThat(folder.resolve("file")).hasContent("whole");
    long left = Files.getFileStore(folder).getUsableSpace();
    assertThat(left).isPositive();
    assertThat(said).hasSize(2);
    assertThat(said.getFirst()).startsWith(folder.resolve("file") + ": room for 1234 bytes expected, the disk has ")
        .endsWith("(No space left on device); free some: waiting, trying again every 0.03 s");
    assertThat(said.getLast()).isEqualTo("there is room again; going on");
  }

  @Test
  void waitingEndsWhenItIsToldTo() {
    assertThatThrownBy(() -> new Retry(said::add, () -> attempts > 1, Duration.ofMillis(1)).write(writes(9, "full")))
        .isInstanceOf(DiskFull.class);
    assertThat(attempts).isEqualTo(2);
    long start = System.nanoTime();
    assertThatThrownBy(() -> new Retry(said::add, () -> System.nanoTime() - start > 200_000_000L, Duration.ofHours(1))
        .write(writes(99, "full"))).isInstanceOf(DiskFull.class);
    assertThat(System.nanoTime() - start).as("does not sleep for an hour").isLessThan(30_000_000_000L);
  }

  @Test
  void otherFailuresAreNotWaitedFor() {
    var retry = new Retry(said::add, () -> false, Duration.ofHours(1));
    assertThatThrownBy(() -> retry.write(() -> AtomicFile.replace(folder.resolve("none/file"), "x")))
        .isInstanceOf(UncheckedIOException.class).isNotInstanceOf(DiskFull.class);
    assertThat(said).isEmpty();
  }

  @Test
  void whatTheSystemSaysOfAFullDiskIsKnown() {
    for (var message : List.of("No space left on device", "Disk quota exceeded", "write: no space left on device")) {
      assertThat(DiskFull.is(new IOException(message), folder, 1)).as(message).isTrue();
    }
    assertThat(DiskFull.is(new IOException("Permission denied"), folder, 1)).isFalse();
    assertThat(DiskFull.is(new IOException("Kein Platz"), folder, Long.MAX_VALUE)).as("in any language").isTrue();
  }
}
