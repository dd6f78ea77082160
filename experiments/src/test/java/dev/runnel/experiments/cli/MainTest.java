package dev.runnel.experiments.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What scripts see: exit codes, one line for a mistake, and JSON alone on standard output. */
final class MainTest {
  private record Run(int code, String out, String err) {
    JsonNode json() {
      assertThat(code).as(err).isZero();
      assertThat(out.lines()).hasSize(1);
      return JsonMapper.shared().readTree(out);
    }
  }

  @TempDir Path folder;

  private static Run run(String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code = Main.run(new Console(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false),
        arguments);
    return new Run(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  private static void mistake(String says, String... arguments) {
    Run run = run(arguments);
    assertThat(run.err).contains(says).doesNotContain("Exception");
    assertThat(run.err.lines()).hasSize(1);
    assertThat(run.out).isEmpty();
    assertThat(run.code).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"models, lrcssm", "models, mamba", "models, mamba2", "models, s6", "models, liquid-s4", "cells, lrc",
      "cells, s6", "cells, liquid", "datasets, gestures", "solvers, sequential", "backends, simd",
      "backends, reference", "optimisers, adamw", "schedules, cosine", "metrics, macro-f1", "metrics, accuracy", "callbacks, observe"})
  void listsNames(String what, String name) {
    JsonNode list = run("list", what, "--json").json();
    assertThat(list.isArray()).isTrue();
    assertThat(list.findValuesAsString("name")).contains(name);
    Run plain = run("list", what);
    assertThat(plain.code).isZero();
    assertThat(plain.out).contains(name);
  }

  @Test
  void listsWhatModelsAre() {
    for (var model : run("list", "models", "--json").json()) {
      assertThat(model.propertyNames()).containsExactly(
          "name", "summary", "paper", "parameters", "complexity", "streams", "cell", "stability");
      assertThat(model.get("paper").asString()).as(model.get("name").asString()).matches(".*20\\d\\d.*");
      assertThat(model.get("parameters").asLong()).isPositive();
      assertThat(model.get("complexity").asString()).isNotBlank();
    }
  }

  @Test
  void doctorTellsTheMachine() {
    JsonNode doctor = run("doctor", "--json").json();
    assertThat(doctor.get("java").asString()).startsWith("25");
    assertThat(doctor.get("simd_bits").asInt()).isGreaterThanOrEqualTo(0);
    assertThat(doctor.has("blas")).isTrue();
    assertThat(doctor.get("devices").isArray()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "predict", "evaluate", "bench", "inspect", "list", "doctor"})
  void everyCommandHasHelp(String command) {
    Run help = run("--help");
    assertThat(help.code).isZero();
    assertThat(help.out).contains(command);
  }

  @Test
  void mistakesInCommandsAreOneLineWithTheNearestName() {
    mistake("nearest: train", "tran", "gestures");
    mistake("nearest: --seed", "train", "gestures", "--sed", "3");
    mistake("runnel list", "list");
    mistake("'modles'", "list", "modles");
    mistake("'x'", "train", "gestures", "--seed", "x");
    mistake("both", "train", "gestures", "--resume", "runs/x");
    mistake("neither", "train");
    mistake("", "bench");
    mistake("");
  }

  @Test
  void mistakesInConfigsAreOneLine() throws IOException {
    mistake("nearest: gestures", "train", "gesture");
    mistake("train.epoch: unknown key; nearest: epochs", "train", "gestures", "--set", "train.epoch=1");
    mistake("train.epochs: a whole number", "inspect", "gestures", "--set", "train.epochs=many");
    mistake("lrcssm", "train", "gestures", "--set", "model.name=lrcsm", "--out", folder.resolve("a").toString());
    mistake("simd", "train", "gestures", "--set", "backend.name=smid", "--out", folder.resolve("b").toString());
    mistake("dataset gesturez", "train", "gestures", "--set", "data.name=gesturez", "--data", folder.toString());
    mistake("a run's folder expected", "train", "--resume", folder.resolve("none").toString());
    mistake("a run's folder expected", "evaluate", "--run", folder.toString());
    var config = Files.writeString(folder.resolve("c.conf"), "extends = gestures\nmodel.optons.a = 1");
    mistake(config + ":2: model.optons: unknown key; nearest: options", "train", config.toString());
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(folder.resolve("b")).doesNotExist();
  }

  @Test
  void aTrainedRunIsEvaluatedAndGoneOnWith() {
    String out = folder.resolve("run").toString();
    Run trained = run("train", "gestures", "--json", "--out", out, "--set", "train.epochs=1", "--set",
        "model.hidden=8", "--set", "model.state=8", "--set", "model.layers=1", "--set", "backend.threads=1");
    JsonNode result = trained.json();
    assertThat(result.propertyNames()).contains("test_accuracy", "validation_accuracy", "epochs", "steps", "seconds",
        "ms_per_step", "parameters", "run");
    assertThat(result.get("run").asString()).isEqualTo(out);
    assertThat(folder.resolve("run")).isDirectoryContaining("glob:**/weights.safetensors")
        .isDirectoryContaining("glob:**/metrics.arrow").isDirectoryContaining("glob:**/result.json");
    JsonNode again = run("evaluate", "--run", out, "--json").json();
    assertThat(again.get("accuracy").asDouble()).isEqualTo(result.get("test_accuracy").asDouble());
    mistake("a new or empty folder expected", "train", "gestures", "--out", out);
  }
}
