package dev.runnel.experiments.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Weights written here run in a few lines of NumPy that know nothing of Runnel. */
final class NumpyTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"8, 8, f32, 1e-4", "8, 6, f32, 1e-4", "8, 6, f64, 1e-9"})
  void numpyGivesTheSameLogits(int hidden, int state, String type, double tolerance) throws Exception {
    var missing = python("-c", "import numpy; print('there')");
    assumeTrue(missing.code() == 0, "skipped: python3 with numpy expected: " + missing.err().lines().toList());
    var run = folder.resolve("run");
    Ran.here("train", "gestures", "--out", run.toString(), "--json", "--set", "train.epochs=1",
            "--set", "model.hidden=" + hidden, "--set", "model.state=" + state, "--set", "train.dtype=" + type)
        .json();
    for (boolean unequal : new boolean[] {false, true}) {
      var data = TinyData.waves(5, 6, 50, unequal, 3);
      var ts = Files.writeString(folder.resolve("rows.ts"), data.ts(false));
      var json = Files.writeString(folder.resolve("rows.json"), JsonMapper.shared().writeValueAsString(data.rows()));
      var out = folder.resolve("out.arrow");
      Ran.here("predict", "--run", run.toString(), "--data", ts.toString(), "--out", out.toString(), "--json").json();
      var script = folder.resolve("lrcssm.py");
      try (var in = NumpyTest.class.getResourceAsStream("/numpy/lrcssm.py")) {
        Files.write(script, in.readAllBytes());
      }
      var ran = python(script.toString(), run.resolve("weights.safetensors").toString(), json.toString());
      assertThat(ran.code()).as(ran.err()).isZero();
      double[][] numpy = JsonMapper.shared().readValue(ran.out(), double[][].class);
      var came = Predictions.read(out);
      double largest = 0;
      double worst = 0;
      for (int row = 0; row < numpy.length; row++) {
        for (int c = 0; c < numpy[row].length; c++) {
          largest = Math.max(largest, Math.abs(numpy[row][c]));
          worst = Math.max(worst, Math.abs(numpy[row][c] - came.logits()[row][c]));
        }
      }
      System.out.printf("NumPy, hidden %d, state %d, %s%s: logits differ by %.1e of %.2f%n", hidden, state, type,
          unequal ? ", unequal lengths" : "", worst, largest);
      assertThat(numpy).hasDimensions(5, 8);
      assertThat(largest).isGreaterThan(0.01);
      assertThat(worst).isLessThanOrEqualTo(tolerance * largest);
    }
  }

  private Ran python(String... arguments) throws InterruptedException {
    var command = new java.util.ArrayList<>(List.of("python3"));
    command.addAll(List.of(arguments));
    try {
      var out = folder.resolve("python.out");
      var err = folder.resolve("python.err");
      var process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      try {
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      } finally {
        process.destroyForcibly();
      }
      return new Ran(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
    } catch (IOException e) {
      return new Ran(127, "", e.getMessage());
    }
  }
}
