package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that drops out and keeps statistics of batches, under a schedule, with groups of its own. */
class StatefulModelTest {
  @TempDir Path folder;

  private List<String> arguments(String out, int epochs) throws IOException {
    var data = TinyData.archive(folder, "waves", true);
    var arguments = new ArrayList<>(List.of("train", "gestures", "--json", "--out", folder.resolve(out).toString(),
        "--data", data.toString()));
    for (var setting : List.of("data.name=waves", "model.name=liquid-s4", "model.hidden=6", "model.state=4",
        "model.layers=1", "model.options.dropout=0.2", "train.epochs=" + epochs, "train.batch=32", "train.patience=0",
        "train.optimiser.name=adamw", "train.optimiser.weightDecay=0.05", "train.optimiser.rate=0.01",
        "train.optimiser.schedule.name=cosine", "train.optimiser.schedule.warmup=0.2")) {
      arguments.addAll(List.of("--set", setting));
    }
    return arguments;
  }

  @Test
  void isEvaluatedAndGoneOnWithAsItWasTrained() throws IOException {
    var whole = Ran.here(arguments("whole", 6).toArray(String[]::new)).json();
    var evaluated = Ran.here("evaluate", "--run", folder.resolve("whole").toString(), "--data", folder.toString(),
        "--json").json();
    assertThat(evaluated.get("accuracy").asDouble()).isCloseTo(whole.get("test_accuracy").asDouble(), within(1e-12));
    assertThat(evaluated.get("loss").asDouble()).isCloseTo(whole.get("test_loss").asDouble(), within(1e-6));
    try (var read = RunFolder.read(folder.resolve("whole"))) {
      SafeTensors weights = read.weights();
      assertThat(weights.tensors().keySet())
          .contains("blocks.0.norm.running_mean", "blocks.0.layer.kernel.w_imag")
          .noneMatch(name -> name.startsWith("optimiser") || name.endsWith("seed"));
      assertThat(weights.get("blocks.0.norm.running_var").get(0)).isNotEqualTo(1);
    }

    // as if it had been stopped after its fifth epoch: its last checkpoint and its result are not there yet
    var stopped = folder.resolve("stopped");
    Files.createDirectory(stopped);
    try (var files = Files.list(folder.resolve("whole"))) {
      for (var file : files.toList()) {
        var name = file.getFileName().toString();
        if (!List.of("checkpoint-6.safetensors", "result.json", "weights.safetensors").contains(name)) {
          Files.copy(file, stopped.resolve(name));
        }
      }
    }
    Ran.here("train", "--resume", stopped.toString(), "--data", folder.toString(), "--json").json();
    assertThat(Files.readAllBytes(stopped.resolve("weights.safetensors")))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole/weights.safetensors")));
  }
}
