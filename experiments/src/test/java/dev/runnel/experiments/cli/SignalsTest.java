package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.experiments.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A signal has a training save and end; a second one ends it at once. */
final class SignalsTest {
  private static final int SIGINT = 2;

  @TempDir Path folder;

  private static String[] train(Path out, String... settings) {
    var arguments = new ArrayList<>(List.of("train", "gestures", "--json", "--out", out.toString()));
    for (var setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return arguments.toArray(String[]::new);
  }

  private static String[] tiny(Path out) {
    return train(out, "model.hidden=8", "model.state=8", "model.layers=1", "train.epochs=30", "train.patience=0");
  }

  private static void send(Process child, String signal) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(child.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static void waitFor(Path file, Process child) throws InterruptedException {
    long end = System.nanoTime() + 120_000_000_000L;
    while (!Files.exists(file) && child.isAlive() && System.nanoTime() < end) {
      Thread.sleep(1);
    }
    assertThat(file).exists();
  }

  /** What a child inherits: signals that a shell ignores for what runs in the background. */
  private static boolean ignored(int signal) throws IOException {
    var status = Path.of("/proc/self/status");
    return Files.isReadable(status) && Files.readAllLines(status).stream().filter(l -> l.startsWith("SigIgn:"))
        .anyMatch(l -> (Long.parseUnsignedLong(l.substring(7).strip(), 16) >> (signal - 1) & 1) == 1);
  }

  private List<String> errors() throws IOException {
    return Files.readAllLines(folder.resolve("child.err")).stream().filter(l -> !l.startsWith("WARNING: ")).toList();
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void aSignalSavesAndTheRunGoesOnToTheSameBits(String signal, int code) throws Exception {
    assumeTrue(!signal.equals("INT") || !ignored(SIGINT), "skipped: SIGINT is ignored here");
    long seed = System.nanoTime();
    System.out.println("SIG" + signal + " at a moment of seed " + seed);
    var whole = folder.resolve("whole");
    Ran.here(tiny(whole)).json();
    var out = folder.resolve("stopped");
    var child = Ran.process(folder, List.of(), tiny(out)).start();
    try {
      waitFor(out.resolve("metrics.arrow"), child);
      Thread.sleep(new SplittableRandom(seed).nextInt(150));
      send(child, signal);
      assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      child.destroyForcibly();
    }
    assertThat(child.exitValue()).as(errors().toString()).isEqualTo(code);
    assertThat(folder.resolve("child.out")).isEmptyFile();
    assertThat(errors().getLast()).startsWith(out + ": stopped after ").endsWith("go on with train --resume " + out);
    assertThat(errors()).noneMatch(l -> l.contains("Exception"));
    assertThat(out.resolve("result.json")).doesNotExist();
    Ran.here("train", "--resume", out.toString(), "--json").json();
    assertThat(Files.readAllBytes(out.resolve("weights.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("weights.safetensors")));
    try (var read = RunFolder.read(out)) {
      assertThat(errors().getLast()).contains(" at step " + read.provenance().resumed().getFirst() + ";");
    }
  }

  @Test
  void aSecondSignalEndsAtOnce() throws Exception {
    var out = folder.resolve("out"); // a step of it takes seconds
    var child = Ran.process(folder, List.of(),
        train(out, "model.hidden=256", "model.state=256", "model.layers=4", "train.batch=512")).start();
    try {
      waitFor(out.resolve("config.conf"), child);
      send(child, "TERM");
      Thread.sleep(50);
      assertThat(child.isAlive()).isTrue();
      send(child, "TERM");
      assertThat(child.waitFor(5, TimeUnit.SECONDS)).isTrue();
    } finally {
      child.destroyForcibly();
    }
    assertThat(child.exitValue()).isEqualTo(143);
    assertThat(errors()).noneMatch(l -> l.contains("stopped"));
    assertThat(RunFolder.resume(out).path()).as("is unlocked").isEqualTo(out);
  }
}
