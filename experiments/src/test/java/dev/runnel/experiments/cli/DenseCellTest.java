package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The paper's model around cells whose states read each other. */
class DenseCellTest {
  @TempDir Path folder;

  private Ran train(String cell, String... more) throws IOException {
    var data = TinyData.archive(folder, "waves", true);
    var arguments = new ArrayList<>(List.of("train", "gestures", "--json", "--out", folder.resolve("run").toString(),
        "--data", data.toString()));
    var settings = new ArrayList<>(List.of("data.name=waves", "model.hidden=8", "model.state=5", "model.layers=1",
        "train.epochs=60", "train.batch=8", "train.patience=0", "train.optimiser.rate=0.02",
        "model.options.cell=" + cell));
    settings.addAll(List.of(more));
    settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    return Ran.here(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dense-lrc", "dense-ltc", "dense-gru", "dense-mgu", "dense-lstm", "dense-rnn"})
  void learnsSlowFromQuickWaves(String cell) throws IOException {
    var trained = train(cell).json();
    assertThat(trained.get("test_accuracy").asDouble()).isGreaterThan(0.75);
    var evaluated = Ran.here("evaluate", "--run", folder.resolve("run").toString(), "--data", folder.toString(),
        "--json").json();
    assertThat(evaluated.get("loss").asDouble()).isCloseTo(trained.get("test_loss").asDouble(), within(1e-6));
  }

  @Test
  void takesItsOptions() throws IOException {
    int paired =
        train("dense-lrc", "train.epochs=1", "model.options.elastance=symmetric").json().get("parameters").asInt();
    folder = folder.resolve("other");
    Files.createDirectory(folder);
    int plain = train("dense-lrc", "train.epochs=1", "model.options.form=paper").json().get("parameters").asInt();
    assertThat(paired - plain).isEqualTo(5); // elastance_shift
  }

  @Test
  void refusesWhatItCannotBe() throws IOException {
    train("dense-gru", "model.solver=newton").refuses(2, "solver sequential expected, newton came");
    train("dense-lrc", "model.options.contractive=0.9").refuses(2, "contractive: 0 expected, came 0.9; dense-lrc");
    train("dense-lrc", "model.options.dtt=1").refuses(2, "nearest: dt");
    train("dense-mgu", "model.options.reset=before").refuses(2, "reset");
    train("dense-ltc", "model.options.unfolds=0").refuses(2, "1 unfold or more");
  }
}
