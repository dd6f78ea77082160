package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The experiment with rotated recordings, on three channels of waves. */
final class RotationTest {
  @TempDir Path folder;

  private Ran rotation(int seeds) {
    var arguments = new ArrayList<>(List.of("bench", "rotation", "--config", "gestures", "--seeds", "" + seeds, "--data",
        folder.toString(), "--out", folder.resolve("runs").toString(), "--plot", folder.resolve("plot.png").toString(),
        "--json"));
    for (var setting : List.of("data.name=waves", "train.epochs=2", "model.hidden=4", "model.state=4", "model.layers=1")) {
      arguments.addAll(List.of("--set", setting));
    }
    return Ran.here(arguments.toArray(String[]::new));
  }

  @Test
  void everyTreatmentIsTrainedOnceAndScoredTwice() throws IOException {
    var place = Files.createDirectories(folder.resolve("waves"));
    Files.writeString(place.resolve("waves_TRAIN.ts"), TinyData.waves(24, 3, 20, false, 1).ts(true));
    Files.writeString(place.resolve("waves_TEST.ts"), TinyData.waves(40, 3, 20, false, 2).ts(true));
    var table = rotation(1).json();
    assertThat(table.findValuesAsString("treatment"))
        .containsExactly("nothing", "augmentation", "alignment, gravity", "alignment, full");
    for (var row : table) {
      assertThat(row.get("recorded").asDouble()).isBetween(0.0, 1.0);
      assertThat(row.get("rotated").asDouble()).isBetween(0.0, 1.0);
      assertThat(row.get("seeds").asInt()).isEqualTo(1);
    }
    // what is aligned in full doesn't feel rotations
    assertThat(table.get(3).get("rotated").asDouble()).isEqualTo(table.get(3).get("recorded").asDouble());
    assertThat(Files.readAllBytes(folder.resolve("plot.png"))).startsWith(0x89, 'P', 'N', 'G');
    var weights = Files.getLastModifiedTime(folder.resolve("runs/full-0/weights.safetensors"));
    assertThat(rotation(1).json()).isEqualTo(table);
    assertThat(Files.getLastModifiedTime(folder.resolve("runs/full-0/weights.safetensors"))).isEqualTo(weights);
  }

  @Test
  void fewerThanOneSeedIsRefused() {
    rotation(0).refuses(2, "--seeds of 1 or more expected, 0 came");
  }
}
