package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.datasets.Storage;
import dev.runnel.datasets.format.TsReader;
import dev.runnel.experiments.train.Trained;
import dev.runnel.experiments.modules.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A trained model used: scores as Arrow, and the accuracy that training told. */
final class PredictTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void scoresAreThoseOfTheSession(boolean unequal) throws IOException {
    var data = TinyData.archive(folder, "waves", unequal);
    var run = folder.resolve("run").toString();
    var trained = Ran.here("train", "gestures", "--json", "--out", run, "--data", data.toString(), "--set",
        "data.name=waves", "--set", "train.epochs=3", "--set", "train.batch=5", "--set", "model.hidden=8", "--set",
        "model.state=6", "--set", "data.timeChannel=true").json();
    var file = data.resolve("waves/waves_TEST.ts");
    var out = folder.resolve("out.arrow");
    var said = Ran.here("predict", "--run", run, "--data", file.toString(), "--out", out.toString(), "--json").json();
    assertThat(said.get("rows").asInt()).isEqualTo(12);
    assertThat(said.get("classes").toString()).isEqualTo("[\"slow\",\"quick\"]");
    var came = Predictions.read(out);
    assertThat(came.columns()).containsExactly("row", "predicted", "logit.slow", "logit.quick");
    assertThat(came.logits()).isDeepEqualTo(session(run, file, 12));
    double[][] alone = session(run, file, 1);
    var labels = TinyData.waves(12, 2, 20, unequal, 2).labels();
    int right = 0;
    for (int row = 0; row < 12; row++) {
      double[] scores = came.logits()[row];
      assertThat(came.predicted().get(row)).isEqualTo(scores[1] > scores[0] ? "quick" : "slow");
      right += came.predicted().get(row).equals(labels.get(row)) ? 1 : 0;
      for (int c = 0; c < 2; c++) { // neither other rows nor padding count
        assertThat(alone[row][c]).isCloseTo(scores[c], org.assertj.core.data.Offset.offset(1e-5));
      }
    }
    assertThat(right / 12.0).isEqualTo(trained.get("test_accuracy").asDouble());
    var other = folder.resolve("other.arrow");
    Ran.here("predict", "--weights", run + "/weights.safetensors", "--config", run + "/config.conf", "--data",
        file.toString(), "--out", other.toString(), "--json").json();
    assertThat(other).hasSameBinaryContentAs(out);
    for (var from : new Path[] {file, data}) {
      var scored = Ran.here("evaluate", "--run", run, "--data", from.toString(), "--json").json();
      assertThat(scored.get("accuracy").asDouble()).isEqualTo(trained.get("test_accuracy").asDouble());
      assertThat(scored.get("loss").asDouble()).isEqualTo(trained.get("test_loss").asDouble());
      assertThat(scored.get("rows").asInt()).isEqualTo(12);
    }
    var converted = folder.resolve("converted.arrow");
    Ran.here("data", "convert", file.toString(), "--out", converted.toString());
    var table = folder.resolve("steps.csv");
    Files.writeString(table, TinyData.waves(12, 2, 20, unequal, 2).csv());
    var layout = folder.resolve("layout.json");
    Files.writeString(layout, """
        {"layout": {"kind": "long", "case": "row", "values": ["a", "b"], "label": "wave"}}""");
    for (var arguments : List.of(List.of("--data", converted.toString()),
        List.of("--data", table.toString(), "--layout", layout.toString()))) {
      var command = new ArrayList<>(List.of("predict", "--run", run, "--out", other.toString(), "--json"));
      command.addAll(arguments);
      Ran.here(command.toArray(String[]::new)).json();
      assertThat(other).as("%s", arguments).hasSameBinaryContentAs(out);
    }
    var evaluated = Ran.here("evaluate", "--run", run, "--data", converted.toString(), "--json").json();
    assertThat(evaluated.get("loss").asDouble()).isEqualTo(trained.get("test_loss").asDouble());
    var swapped = folder.resolve("swapped.ts");
    Files.writeString(swapped, Files.readString(file).replace("true slow quick", "true quick slow"));
    var scored = Ran.here("evaluate", "--run", run, "--data", swapped.toString(), "--json");
    assertThat(scored.code()).as("classes in another order: %s", scored.err()).isEqualTo(2);
  }

  /** What the LrcSSM loader does, on request: said, kept in the config, and done again to what is predicted. */
  @Test
  void theFirstChannelIsDroppedOnRequest() throws IOException {
    var data = TinyData.archive(folder, "waves", false);
    var run = folder.resolve("run").toString();
    var came = Ran.here("train", "gestures", "--json", "--out", run, "--data", data.toString(), "--drop-first-channel",
        "--set", "data.name=waves", "--set", "train.epochs=1", "--set", "model.hidden=4", "--set", "model.state=4");
    assertThat(Files.readString(folder.resolve("run/config.conf"))).contains("dropFirstChannel");
    assertThat(Trained.of(folder.resolve("run"), null, null).weights().metadata()).containsEntry("channels", "1");
    var scored = Ran.here("evaluate", "--run", run, "--data", data.toString(), "--json").json();
    assertThat(scored.get("loss").asDouble()).isEqualTo(came.json().get("test_loss").asDouble());
  }

  private static double[][] session(String run, Path file, int atOnce) {
    try (var allocator = new RootAllocator();
        var data = TsReader.read(allocator, "waves", file, Storage.standard())) {
      return Trained.of(Path.of(run), null, null).over(data, Registry.standard(), allocator, (session, sequences) -> {
        double[][] rows = new double[sequences.size()][];
        for (int from = 0; from < rows.length; from += atOnce) {
          double[] logits = session.logits(IntStream.range(from, from + atOnce).toArray());
          for (int i = 0; i < atOnce; i++) {
            rows[from + i] = java.util.Arrays.copyOfRange(logits, 2 * i, 2 * i + 2);
          }
        }
        return rows;
      });
    }
  }
}
