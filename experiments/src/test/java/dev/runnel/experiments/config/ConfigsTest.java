package dev.runnel.experiments.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Configs bind strictly, and what doesn't bind says where it stands. */
final class ConfigsTest {
  private static final String LEAST = "name = n\ndata.name = d\nmodel.name = m\n";

  @TempDir Path folder;

  @Test
  void defaultsAreRecorded() {
    assertThat(Configs.parse("t", LEAST)).isEqualTo(new TrialConfig("n", 0,
        new DataConfig("d", "official", true, false), new ModelConfig("m", 64, 64, 2, "sequential", Map.of()),
        new TrainConfig(100, 0, 32,
            new OptimiserConfig("adam", 1e-3, 0, 1, List.of()), TrainConfig.Precision.F32),
        new BackendConfig("simd", 0, "0:0", "")));
  }

  @Test
  void shippedConfigsHoldThePapersValues() {
    var paper = Configs.trial("SelfRegulationSCP1", List.of());
    assertThat(paper.seed()).isEqualTo(2345);
    assertThat(paper.data()).isEqualTo(new DataConfig(
        "SelfRegulationSCP1", "file:SelfRegulationSCP1_paper_splits.json", false, false));
    assertThat(paper.data().splitFile()).isEqualTo("SelfRegulationSCP1_paper_splits.json");
    assertThat(paper.model()).isEqualTo(new ModelConfig("lrcssm", 64, 16, 2, "sequential", Map.of()));
    assertThat(paper.train()).isEqualTo(new TrainConfig(300, 100, 4,
        new OptimiserConfig("adam", 1e-3, 0, 1, List.of()), TrainConfig.Precision.F32));
    var whole = Configs.trial("SelfRegulationSCP1-paper", List.of());
    assertThat(whole.train().epochs()).isEqualTo(3000);
    assertThat(whole.train().patience()).isEqualTo(1000);
    assertThat(whole.data()).isEqualTo(paper.data());
    assertThat(whole.train().optimiser()).isEqualTo(paper.train().optimiser());
  }

  @TestFactory
  Stream<DynamicTest> everyShippedConfigBindsAndComesBackEqual() {
    return Configs.SHIPPED.stream().map(name -> DynamicTest.dynamicTest(name, () -> {
      var config = Configs.trial(name, List.of());
      assertThat(config.name()).isEqualTo(name);
      assertThat(Configs.parse("again", Configs.render(config))).isEqualTo(config);
    }));
  }

  @Test
  void everyValueComesBackEqual() {
    var config = new TrialConfig("a \"b\" ${c} \u00e4", Long.MAX_VALUE,
        new DataConfig("d#", "file:x.json", false, true),
        new ModelConfig("m", 1, 2, 3, "newton", Map.of("a.b", "1", "on", true, "n", 3L, "r", 0.25,
            "l", List.of(1L, "x"), "e", "")),
        new TrainConfig(1, 0, 1, new OptimiserConfig("sgd", 4.9e-324, 1.0, 1e300, 0.5,
            new OptimiserConfig.Schedule("cosine", 0.1, 0.01), false, List.of(
            new OptimiserConfig.Group("blocks.*", 0.0, null), new OptimiserConfig.Group("*", null, 1e-4))),
            TrainConfig.Precision.F64),
        new BackendConfig("reference", 2, "0:1", "kernels"));
    assertThat(Configs.parse("again", Configs.render(config))).isEqualTo(config);
  }

  @Test
  void settingsLieOverAll() {
    var config = Configs.trial("gestures", List.of("train.epochs=1", "train.epochs = 2", "seed=7",
        "data.split=file:a.json",
        "name=some words, even these", "model.options.elastance=symmetric", "train.dtype=F64",
        "train.optimiser.groups=[{pattern: \"*.bias\", rate: 0}]"));
    assertThat(config.train().epochs()).isEqualTo(2);
    assertThat(config.seed()).isEqualTo(7);
    assertThat(config.data().split()).isEqualTo("file:a.json");
    assertThat(config.name()).isEqualTo("some words, even these");
    assertThat(config.model().options()).isEqualTo(Map.of("elastance", "symmetric"));
    assertThat(config.train().dtype()).isEqualTo(TrainConfig.Precision.F64);
    assertThat(config.train().optimiser().groups()).containsExactly(
        new OptimiserConfig.Group("*.bias", 0.0, null));
  }

  @Test
  void mistakesAreOneLineWithTheirPlace() throws IOException {
    refused("epoch = 3", "FILE:4: epoch: unknown key; one of [name, seed, data, model, train, backend]");
    refused("train { epoch = 3 }", "FILE:4: train.epoch: unknown key; nearest: epochs");
    refused("train {\n epochs = many }", "FILE:5: train.epochs: a whole number of at most 32 bits expected,"
        + " came the text 'many'");
    refused("train.epochs = 1.5", "FILE:4: train.epochs: a whole number of at most 32 bits expected, came 1.5");
    refused("train.epochs = 3000000000", "came 3000000000");
    refused("train.epochs = \"3\"", "came the text '3'");
    refused("train.epochs = null", "a whole number of at most 32 bits expected, came null");
    refused("train.epochs = 0", "FILE:4: train.epochs: at least 1 expected, came 0");
    refused("train.epochs = [1]", "came a list");
    refused("train = 3", "FILE:4: train: an object expected, came 3");
    refused("seed = -1", "FILE:4: seed: at least 0 expected, came -1");
    refused("seed = 1e30", "seed: a whole number expected, came 1.0E30");
    refused("train.optimiser.rate = 0", "train.optimiser.rate: more than 0 expected, came 0.0");
    refused("train.optimiser.name = \" \"", "train.optimiser.name: a name expected, came ' '");
    refused("train.optimiser.momentum = 1", "train.optimiser.momentum: in [0, 1) expected, came 1.0");
    refused("train.optimiser.schedule.warmup = 1", "train.optimiser.schedule.warmup: in [0, 1) expected, came 1.0");
    refused("train.optimiser.schedule.least = -1", "train.optimiser.schedule.least: in [0, 1] expected, came -1.0");
    refused("train.optimiser.weightDecay = 0.1", "train.optimiser.weightDecay: 0 with adam");
    refused("train.optimiser.groups = [{rate: 1}]", "train.optimiser.groups[0].pattern: a text expected, came none");
    refused("train.optimiser.groups = [{pattern: a, rat: 1}]",
        "train.optimiser.groups[0].rat: unknown key; nearest: rate");
    refused("train.optimiser.groups = {a: 1}", "a list expected, came an object");
    refused("data.standardise = yes", "true or false expected");
    refused("data.split = thirds", "FILE:4: data.split: official, paper, file:NAME, fold:I/K or group:NAME expected, came 'thirds'");
    refused("data.split = \"file:../../etc/passwd\"", "data.split: file: and a plain name");
    refused("\"a\\nb\" = 1", "FILE:4: a\\u000ab: unknown key");
    refused("model.hidden = 0", "model.hidden: at least 1 expected, came 0");
    refused("model.options = { a { b = 1 } }", "model.options.a: a plain value expected, came an object");
    refused("a = ${nothing}", "nothing");
    refused("a = ${?HOME}x", "a: unknown key"); // resolved without the environment
    refused("name = ${HOME}", "HOME");
    refused("train { epochs = ", "FILE");
    refused("[1, 2]", "FILE");
    refused("{".repeat(100_000), "FILE");
    var file = Files.writeString(folder.resolve("none.conf"), "");
    assertThatThrownBy(() -> Configs.trial(file.toString(), List.of()))
        .hasMessageContaining("name: a text expected, came none");
  }

  @Test
  void settingsThatDoNotFitAreOneLine() {
    assertThatThrownBy(() -> Configs.trial("gestures", List.of("train.epoch=3")))
        .hasMessage("--set: train.epoch: unknown key; nearest: epochs");
    assertThatThrownBy(() -> Configs.trial("gestures", List.of("train.epochs=x")))
        .hasMessageStartingWith("--set: train.epochs: a whole number");
    for (var bad : List.of("train.epochs", "=3", "a..b=3", "")) {
      assertThatThrownBy(() -> Configs.trial("gestures", List.of(bad)))
          .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("--set: key=value expected");
    }
  }

  @Test
  void noConfigReadsAnotherPlace() throws IOException {
    var secret = Files.writeString(folder.resolve("secret.conf"), "name = secret");
    for (var what : List.of("\"secret.conf\"", "file(\"" + secret + "\")", "url(\"file:" + secret + "\")",
        "classpath(\"configs/gestures.conf\")", "required(file(\"" + secret + "\"))", "\"http://localhost:1/x\"",
        "required(\"secret\")")) {
      refused("include " + what, "not allowed; write extends = NAME");
      refused("data { include " + what + " }", "not allowed");
    }
    refused("extends = \"../secret\"", "extends: a plain name expected");
    refused("extends = \"/etc/passwd\"", "extends: a plain name expected");
    refused("extends = 3", "extends: a config's name expected");
    refused("extends = gesture", "extends: neither beside it nor shipped: 'gesture'; nearest: gestures");
  }

  @Test
  void aConfigExtendsItsNeighbourOrAShippedOne() throws IOException {
    Files.writeString(folder.resolve("base.conf"), "extends = gestures\ntrain.epochs = 5\n");
    var child = Files.writeString(folder.resolve("child.conf"), "extends = base\nname = child\nseed = ${train.epochs}");
    var config = Configs.trial(child.toString(), List.of());
    assertThat(config.name()).isEqualTo("child");
    assertThat(config.train().epochs()).isEqualTo(5);
    assertThat(config.seed()).isEqualTo(5);
    assertThat(config.data().name()).isEqualTo("gestures");
    Files.writeString(folder.resolve("a.conf"), "extends = b");
    Files.writeString(folder.resolve("b.conf"), "extends = a");
    assertThatThrownBy(() -> Configs.trial(folder.resolve("a.conf").toString(), List.of()))
        .hasMessageContaining("came a circle");
  }

  @Test
  void aConfigThatCannotBeReadIsOneLine() throws IOException {
    assertThatThrownBy(() -> Configs.trial("gesture", List.of()))
        .hasMessage("config 'gesture': no such file and no shipped name; nearest: gestures");
    assertThatThrownBy(() -> Configs.trial("no/such.conf", List.of())).hasMessageContaining("shipped: gestures, ");
    assertThatThrownBy(() -> Configs.trial("a\0b", List.of())).hasMessageContaining("'a\\u0000b'");
    var binary = Files.write(folder.resolve("binary.conf"), new byte[] {(byte) 0xff, 0, 1});
    assertThatThrownBy(() -> Configs.trial(binary.toString(), List.of())).hasMessageContaining("UTF-8 expected");
    var large = Files.write(folder.resolve("large.conf"), new byte[(1 << 20) + 1]);
    assertThatThrownBy(() -> Configs.trial(large.toString(), List.of())).hasMessageContaining("at most 1 MiB");
  }

  record Options(double leak, String kind, int steps) {}

  @Test
  void optionsBindToAModelsRecord() {
    var defaults = new Options(0.5, "a", 3);
    assertThat(Binder.bindOptions("model.options", defaults, Map.of("leak", 1L))).isEqualTo(new Options(1, "a", 3));
    assertThatThrownBy(() -> Binder.bindOptions("model.options", defaults, Map.of("leek", 1L)))
        .hasMessage("model.options: leek: unknown key; nearest: leak");
  }

  private void refused(String text, String says) throws IOException {
    var file = Files.writeString(folder.resolve("bad.conf"), LEAST + text);
    assertThatThrownBy(() -> Configs.trial(file.toString(), List.of()))
        .as(text.substring(0, Math.min(80, text.length())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(says.replace("FILE", file.toString()))
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }
}
