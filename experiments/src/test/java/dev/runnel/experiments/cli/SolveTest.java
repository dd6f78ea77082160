package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a trained run's scans take, layer by layer. */
final class SolveTest {
  @TempDir Path folder;

  @Test
  void layerByLayer() throws IOException {
    var data = TinyData.archive(folder, "waves", true).toString();
    var run = folder.resolve("run").toString();
    Ran.here("train", "gestures", "--json", "--out", run, "--data", data, "--set", "data.name=waves", "--set",
        "train.epochs=3", "--set", "model.hidden=8", "--set", "model.state=6", "--set", "model.layers=3").json();
    var shot = Ran.here("bench", "solve", "--run", run, "--data", data, "--rows", "5", "--solver", "segmented", "--json");
    var segmented = shot.json();
    var walked =
        Ran.here("bench", "solve", "--run", run, "--data", data, "--solver", "sequential", "--rows", "5", "--json").json();
    assertThat(segmented.size()).isEqualTo(3);
    assertThat(walked.size()).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      var layer = segmented.get(i);
      assertThat(layer.get("layer").asInt()).isEqualTo(i);
      assertThat(layer.get("rows").asInt()).isEqualTo(5);
      assertThat(layer.get("iterations_max").asDouble()).isBetween(1.0, 20.0);
      assertThat(layer.get("iterations_median").asDouble()).isBetween(1.0, layer.get("iterations_max").asDouble());
      assertThat(layer.get("finished_sequentially").asDouble()).isZero();
      assertThat(layer.get("bound").asDouble()).isLessThan(1e-4);
      assertThat(walked.get(i).has("iterations_max")).isFalse();
      for (var name : new String[] {"jacobian_max", "jacobian_above_1"}) {
        assertThat(layer.get(name).asDouble()).isCloseTo(walked.get(i).get(name).asDouble(), within(1e-4));
      }
    }
  }

  /** However hard it is trained, a model that must contract does. */
  @Test
  void contractive() throws IOException {
    var data = TinyData.archive(folder, "waves", false).toString();
    double[] largest = new double[2];
    for (int i = 0; i < 2; i++) {
      var run = folder.resolve("run" + i).toString();
      Ran.here("train", "gestures", "--json", "--out", run, "--data", data, "--set", "data.name=waves", "--set",
          "train.epochs=5", "--set", "model.hidden=8", "--set", "model.state=6", "--set", "train.optimiser.rate=0.3",
          "--set", "model.options.contractive=" + (i == 0 ? "0" : "0.5")).json();
      for (var layer : Ran.here("bench", "solve", "--run", run, "--data", data, "--json").json()) {
        largest[i] = Math.max(largest[i], layer.get("jacobian_max").asDouble());
      }
    }
    assertThat(largest[0]).isGreaterThan(0.6);
    assertThat(largest[1]).isLessThanOrEqualTo(0.5).isPositive();
  }

  @Test
  void refuses() {
    assertThat(Ran.here("bench", "solve", "--run", folder.resolve("none").toString()).code()).isEqualTo(2);
    assertThat(Ran.here("bench", "solve", "--run", folder.toString(), "--rows", "0").err()).contains("--rows of 1 or more");
  }
}
