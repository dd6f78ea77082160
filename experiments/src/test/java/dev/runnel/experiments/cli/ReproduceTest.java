package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.reproduce.PublishedTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Papers' tables, and runs trained again. */
final class ReproduceTest {
  private static final List<String> TINY = List.of("--set", "train.epochs=2", "--set", "model.hidden=4", "--set",
      "model.state=4", "--set", "model.layers=1");

  @TempDir Path folder;

  static List<String> tables() {
    return PublishedTable.names();
  }

  private Ran run(List<String> begin, List<String> end) {
    return Ran.here(Stream.concat(begin.stream(), end.stream()).toArray(String[]::new));
  }

  /** Each figure's config binds, and its model can be made. */
  @ParameterizedTest
  @MethodSource("tables")
  void everyFigureHasAConfig(String name) {
    var table = PublishedTable.read(name);
    assertThat(table.rows()).isNotEmpty();
    for (var row : table.rows()) {
      var config = Configs.trial(table.base(), table.settings(row));
      assertThat(Registry.standard().model(config.model(), 3, 2, 1)).as(row.toString()).isNotNull();
      assertThat(row.mean() == null || row.mean() > 0).isTrue();
    }
  }

  @Test
  void oursStandsBesideThePublishedFigure() throws IOException {
    var table = Files.writeString(folder.resolve("own.conf"),
        """
        name = own
        paper = "a paper"
        base = gestures
        models = [ { name = lrc }, { name = stc, set = ["model.options.cell=stc"] } ]
        datasets = [ { name = waves, set = ["data.name=waves"] }, { name = Absent, set = ["data.name=Absent"] } ]
        seeds = [1, 2]
        rows = [
          { model = lrc, dataset = waves, mean = 1000, deviation = 1 }
          { model = stc, dataset = waves, mean = 50, deviation = 100 }
          { model = lrc, dataset = Absent, mean = 50, deviation = 1 }
        ]
        """);
    TinyData.archive(folder, "waves", false);
    var begin = List.of("reproduce", table.toString(), "--data", folder.toString(), "--out",
        folder.resolve("out").toString(), "--json");
    var rows = run(begin, TINY).json().get("rows");
    assertThat(rows).hasSize(3);
    assertThat(rows.get(0).get("deviates").asBoolean()).isTrue();
    assertThat(rows.get(1).get("deviates").asBoolean()).isFalse();
    assertThat(rows.get(0).get("n").asInt()).isEqualTo(2);
    assertThat(rows.get(0).get("ours").asDouble()).isBetween(0.0, 100.0);
    assertThat(rows.get(0).get("note").asString()).contains("with train.epochs=2");
    assertThat(rows.get(2).get("note").asString()).startsWith("not run: ").contains("Absent");
    assertThat(rows.get(2).get("ours").isNull()).isTrue();
    var one = run(Stream.concat(begin.stream(), Stream.of("--only", "waves", "--models", "stc")).toList(), TINY);
    assertThat(one.json().get("mean_test_accuracy").asDouble())
        .isCloseTo(rows.get(1).get("ours").asDouble() / 100, within(1e-12));
    run(begin, List.of("--models", "stx")).refuses(2, "--models: one of [lrc, stc] expected, 'stx' came; nearest: stc");
    Ran.here("reproduce", "lrcssm-tabel1").refuses(2, "nearest: lrcssm-table1");
  }

  @Test
  void aRunIsVerifiedByTrainingItAgain() throws IOException {
    TinyData.archive(folder, "waves", false);
    var run = folder.resolve("run");
    run(List.of("train", "gestures", "--set", "data.name=waves", "--data", folder.toString(), "--out", run.toString(),
        "--json"), TINY).json();
    var verify = List.of("evaluate", "--run", run.toString(), "--verify", "--data", folder.toString(), "--json");
    var same = run(verify, List.of()).json();
    assertThat(same.get("same_bits").asBoolean()).isTrue();
    assertThat(same.get("again").asDouble()).isEqualTo(same.get("test_accuracy").asDouble());
    byte[] weights = Files.readAllBytes(run.resolve("weights.safetensors"));
    weights[weights.length - 1] ^= 1;
    Files.write(run.resolve("weights.safetensors"), weights);
    var other = run(verify, List.of());
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.out()).contains("\"same_bits\":false");
    Files.writeString(folder.resolve("waves/waves_TEST.ts"), TinyData.waves(12, 2, 20, false, 9).ts(true));
    run(verify, List.of()).refuses(2, "nothing can be compared");
  }

  @Test
  void shortBatchesAreLeftOutOnRequest() throws IOException {
    TinyData.archive(folder, "waves", false);
    var begin = List.of("train", "gestures", "--set", "data.name=waves", "--data", folder.toString(), "--json", "--set",
        "train.batch=5", "--set", "train.dropLast=true", "--out", folder.resolve("run").toString());
    // 20 of 24 rows are trained on, in fours of 5; 2 of 12 test rows are left out
    var result = run(begin, TINY).json();
    assertThat(result.get("steps").asInt()).isEqualTo(2 * (19 / 5));
    assertThat(result.get("test_accuracy").asDouble() * 10).isCloseTo(
        Math.rint(result.get("test_accuracy").asDouble() * 10), within(1e-9));
  }
}
