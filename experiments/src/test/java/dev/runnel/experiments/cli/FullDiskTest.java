package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.train.Progress;
import dev.runnel.experiments.train.Stopped;
import dev.runnel.experiments.train.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training on a small disk that fills up on the way. Needs the right to mount one. */
final class FullDiskTest {
  @TempDir Path folder;

  /** Fills the disk after an epoch, and makes room again once it is told of that, if it is to. */
  private static final class Filler implements Progress {
    final List<String> said = new ArrayList<>();
    final AtomicBoolean full = new AtomicBoolean();
    private final Path ballast;
    private final boolean relents;

    Filler(Path disk, boolean relents) {
      ballast = disk.resolve("ballast");
      this.relents = relents;
    }

    @Override
    public void begins(int batches, int epochs, int done) {}

    @Override
    public void step(int epoch, int batch, double loss, double accuracy) {}

    @Override
    public void epoch(EpochMetrics metrics, boolean best) {
      if (metrics.epoch() == 1) {
        try (var out = Files.newOutputStream(ballast, StandardOpenOption.CREATE)) {
          while (true) {
            out.write(new byte[4096]);
          }
        } catch (IOException e) {
          said.add("filled: " + e.getMessage());
        }
      }
    }

    @Override
    public void say(String line) {
      said.add(line);
      if (line.contains("free some")) {
        full.set(true);
        if (relents) {
          try {
            Files.delete(ballast);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        }
      }
    }

    @Override
    public void ends() {}
  }

  @Test
  void nothingIsLost() throws Exception {
    var disk = Files.createDirectory(folder.resolve("disk"));
    var mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString())
        .redirectErrorStream(true);
    try {
      assumeTrue(mount.start().waitFor() == 0, "skipped: a tmpfs can't be mounted here");
    } catch (IOException e) {
      assumeTrue(false, "skipped: no mount");
    }
    try {
      var trials = Trials.standard(TinyData.archive(folder, "waves", false));
      var config = Configs.trial("gestures", List.of("data.name=waves", "model.hidden=6", "model.state=4",
          "model.layers=1", "train.epochs=3", "train.batch=8"));
      var whole = folder.resolve("whole");
      trials.train(config, whole);

      var patient = new Filler(disk, true);
      var run = disk.resolve("run");
      assertThat(trials.train(config, run, patient, List.of()).epochs()).isEqualTo(3);
      assertThat(patient.said).hasSize(3);
      assertThat(patient.said.get(1)).startsWith(run + "/metrics.arrow: room for ").contains("the disk has 0 left");
      assertThat(Files.readAllBytes(run.resolve("weights.safetensors")))
          .isEqualTo(Files.readAllBytes(whole.resolve("weights.safetensors")));

      var other = disk.resolve("other");
      var impatient = new Filler(disk, false);
      var stopped = catchThrowableOfType(Stopped.class,
          () -> trials.train(config, other, impatient, List.of(), impatient.full::get));
      assertThat(stopped).hasMessageContaining("the checkpoint after step 3 holds; go on with train --resume " + other);
      assertThat(stopped.getMessage().lines()).hasSize(1);
      Files.delete(disk.resolve("ballast"));
      trials.resume(other, Progress.SILENT);
      assertThat(Files.readAllBytes(other.resolve("weights.safetensors")))
          .isEqualTo(Files.readAllBytes(whole.resolve("weights.safetensors")));
    } finally {
      new ProcessBuilder("umount", "--lazy", disk.toString()).start().waitFor(); // checkpoints are still mapped
    }
  }
}
