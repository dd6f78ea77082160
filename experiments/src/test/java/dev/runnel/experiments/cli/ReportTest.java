package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.run.Scans;
import dev.runnel.experiments.study.StudyView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is said of runs: the report's page and tables, and SQL. */
final class ReportTest {
  private static final String HOSTILE = "<script>alert('a')</script> & 50 %_x";

  @TempDir Path folder;
  private Path study = Path.of("");

  @BeforeEach
  void run() throws IOException {
    TinyData.archive(folder, "waves", false);
    var file = Files.writeString(folder.resolve("study.conf"),
        """
        name = "waves & more"
        base = gestures
        set = ["data.name=waves", "model.hidden=4", "model.state=4", "model.layers=1", "train.epochs=3", "train.batch=8",
          "backend.name=reference"]
        arms = [ { name = first }, { name = "%s", set = ["model.options.elastance=symmetric"] },
          { name = broken, set = ["train.optimiser.groups=[{pattern=nothing}]"] } ]
        seeds = [0, 1]
        """.formatted(HOSTILE));
    study = folder.resolve("out");
    assertThat(Ran.here("ablate", file.toString(), "--data", folder.toString(), "--out", study.toString()).code()).isEqualTo(1);
  }

  private Ran report(Path... studies) {
    var arguments = new ArrayList<>(List.of("report", "--data", folder.toString(), "--json"));
    for (Path each : studies) {
      arguments.add(each.toString());
    }
    return Ran.here(arguments.toArray(String[]::new));
  }

  @Test
  void thePageNeedsNoNetworkAndRunsNothingOfTheStudys() throws IOException {
    report(study).json();
    var page = Files.readString(study.resolve("report.html"));
    var own = page.replaceAll("(?s)<script>.*?</script>", "");
    assertThat(own).contains("&lt;script&gt;alert('a')&lt;/script&gt; &amp; 50 %_x", "waves &amp; more", "first", "FAILED: ")
        .doesNotContain(HOSTILE).doesNotContainPattern("(src|href|url)\\s*[=(]").doesNotContain("http://", "https://");
    var charts = Pattern.compile("(?s)<script type=\"application/json\" id=\"data\">(.*?)</script>").matcher(page);
    assertThat(charts.find()).isTrue();
    assertThat(charts.group(1)).doesNotContain("<");
    var parsed = JsonMapper.shared().readTree(charts.group(1));
    // arms, three curves, |J|, and a portrait of each of the two arms that ran
    assertThat(parsed).hasSize(7);
    assertThat(own).contains("id=chart6").doesNotContain("id=chart7");
    assertThat(page).contains("Confusion, first", "largest |J|", "default-src 'none'");
  }

  @Test
  void figuresOfThePageAreThoseOfTheRuns() throws IOException {
    report(study).json();
    var page = Files.readString(study.resolve("report.html"));
    var first = StudyView.read(study).chosen("first");
    var charts = charts(page);
    double[] seeds = {first.get(0).done().testAccuracy(), first.get(1).done().testAccuracy()};
    for (int i = 0; i < 2; i++) {
      assertThat(charts.get(0).get("series").get(0).get("data").get(i).get(0).asDouble()).isEqualTo(100 * seeds[i]);
    }
    var losses = charts.get(1).get("series").get(0).get("data");
    assertThat(losses).hasSize(3);
    assertThat(losses.get(2).asDouble())
        .isEqualTo((first.get(0).metrics().get(2).trainLoss() + first.get(1).metrics().get(2).trainLoss()) / 2);
    // the confusion's diagonal is the accuracy of the upper of two trials
    var cells = Pattern.compile("%\\)\">(\\d+)").matcher(page.substring(page.indexOf("Confusion, first")));
    int[] counts = new int[4];
    for (int i = 0; i < 4; i++) {
      assertThat(cells.find()).isTrue();
      counts[i] = Integer.parseInt(cells.group(1));
    }
    assertThat(counts[0] + counts[1] + counts[2] + counts[3]).isEqualTo(12);
    assertThat((counts[0] + counts[3]) / 12.0).isCloseTo(Math.max(seeds[0], seeds[1]), within(1e-12));
  }

  private static JsonNode charts(String page) {
    var charts = Pattern.compile("(?s)<script type=\"application/json\" id=\"data\">(.*?)</script>").matcher(page);
    assertThat(charts.find()).isTrue();
    return JsonMapper.shared().readTree(charts.group(1));
  }

  /** A run of its own that observes its scans, first without its data, then unfinished. */
  @Test
  void aRunIsReportedWithItsScans() throws IOException {
    var run = folder.resolve("alone");
    assertThat(Ran.here("train", "gestures", "--data", folder.toString(), "--out", run.toString(), "--set",
        "data.name=waves", "--set", "model.hidden=4", "--set", "model.state=4", "--set", "model.layers=2", "--set",
        "model.solver=newton", "--set", "train.epochs=2", "--set", "train.batch=8", "--set",
        "train.callbacks=[observe]", "--set", "backend.name=reference").code()).isZero();
    report(run).json();
    var page = Files.readString(run.resolve("report.html"));
    assertThat(page).contains("Largest |J| while training", "Passes of the solver", "1: 1 DONE");
    var scans = Scans.of(run).rows();
    double most = scans.stream().filter(row -> row.epoch() == 2).mapToDouble(Scans.Row::largest).max().orElseThrow();
    // no comparison of one value: loss, accuracy, norm, |J|, passes, histogram, portrait
    var charts = charts(page);
    assertThat(charts).hasSize(7);
    assertThat(charts.get(3).get("series").get(0).get("data").get(1).asDouble()).isEqualTo(most);
    var asked = query("SELECT max(largest) AS most, count(*) AS n FROM scans WHERE epoch = 2",
        "--in", run.toString(), "--json");
    assertThat(asked.json().get(0).get("most").asDouble()).isEqualTo(most);
    assertThat(asked.json().get(0).get("n").asInt()).isEqualTo(2);

    Files.delete(run.resolve("result.json"));
    Files.move(folder.resolve("waves"), folder.resolve("gone"));
    report(run).json();
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Not finished: 1 of 1 trials have no result yet.", "no trial is done");
    assertThat(query("SELECT state FROM runs WHERE study IS NULL", "--in", run.toString()).out().lines())
        .containsExactly("state", "UNFINISHED");
    report(study).json();
    assertThat(Files.readString(study.resolve("report.html"))).contains("first: not looked at: ");
  }

  @Test
  void tablesHaveTheFiguresOfTheRuns() throws IOException {
    report(study).json();
    var first = StudyView.read(study).chosen("first");
    double mean = (first.get(0).done().testAccuracy() + first.get(1).done().testAccuracy()) / 2;
    var lines = Files.readAllLines(study.resolve("table.md"));
    assertThat(lines).hasSize(5);
    assertThat(lines.get(2)).startsWith("| first | 2 | %.1f | ".formatted(100 * mean));
    assertThat(lines.get(4)).startsWith("| broken | 0 | - |");
    assertThat(Files.readString(study.resolve("table.tex"))).contains("\\& 50 \\%\\_x").contains("\\end{tabular}");
  }

  @Test
  void severalStudiesAreRanked() throws IOException {
    assertThat(report(study, study).code()).isZero();
    assertThat(Files.readString(study.resolve("report.html"))).contains("Ranks over 2 studies", "mean rank");
    report(folder).refuses(2, "a study's folder expected");
  }

  private Ran query(String sql, String... more) {
    var arguments = new ArrayList<>(List.of("query", sql, "--in", study.toString()));
    arguments.addAll(List.of(more));
    return Ran.here(arguments.toArray(String[]::new));
  }

  @Test
  void sqlSeesWhatTheFoldersHold() throws IOException {
    var rows = query("SELECT * FROM runs WHERE state = 'DONE' ORDER BY arm, seed", "--json", "--parquet",
        folder.toString()).json();
    assertThat(rows).hasSize(4);
    for (var row : rows) {
      try (var run = RunFolder.read(Path.of(row.get("run").asString()))) {
        assertThat(row.get("test_accuracy").asDouble()).isEqualTo(run.result().get("test_accuracy").asDouble());
        assertThat(row.get("seed").asLong()).isEqualTo(run.config().seed());
        assertThat(row.get("model").asString()).isEqualTo("lrcssm");
        var epochs = query("SELECT epoch, train_loss FROM metrics WHERE run = '%s' ORDER BY epoch"
            .formatted(row.get("run").asString()), "--json").json();
        assertThat(epochs).hasSize(3);
        assertThat(epochs.get(2).get("train_loss").asDouble())
            .isCloseTo(run.metrics().rows().get(2).trainLoss(), within(0.0));
      }
    }
    assertThat(rows.get(0).get("arm").asString()).isEqualTo(HOSTILE);
    assertThat(folder.resolve("runs.parquet")).isNotEmptyFile();
    assertThat(query("SELECT count(*) AS n FROM metrics").out().lines()).containsExactly("n", "12");
  }

  @Test
  void answersGoIntoFiles() throws IOException {
    String sql = "SELECT arm, seed, test_accuracy FROM runs WHERE arm = 'first' ORDER BY seed;";
    var csv = query(sql, "--csv").out();
    assertThat(csv.lines()).hasSize(3).first().isEqualTo("arm,seed,test_accuracy");
    var parquet = folder.resolve("it's.parquet");
    assertThat(query(sql, "--out", parquet.toString()).code()).isZero();
    assertThat(Files.readString(parquet, StandardCharsets.ISO_8859_1)).startsWith("PAR1").endsWith("PAR1");
    assertThat(query(sql, "--out", folder.resolve("answer.csv").toString()).code()).isZero();
    assertThat(Files.readAllLines(folder.resolve("answer.csv"))).isEqualTo(csv.lines().toList());
    query(sql, "--out", "answer.xlsx").refuses(2, "answer.xlsx: a file that ends in .parquet, .csv or .json expected");
    query("SELECT * FROM read_text('%s')".formatted(folder.resolve("study.conf")), "--out",
        folder.resolve("stolen.csv").toString()).refuses(2, "query: Permission Error");
    assertThat(folder.resolve("stolen.csv")).doesNotExist();
    try (var left = Files.list(folder)) {
      assertThat(left.filter(file -> file.toString().endsWith(".tmp"))).isEmpty();
    }
    assertThat(query("SELECT arm, arm, 'a,\"b' AS c, NULL AS d FROM runs LIMIT 1", "--csv").out())
        .startsWith("arm,arm_2,c,d\r\n").endsWith(",\"a,\"\"b\",\r\n");
  }

  @Test
  void sqlReachesNoFile() {
    var place = folder.resolve("waves/waves_TEST.ts").toString();
    query("SELECT * FROM read_text('%s')".formatted(place)).refuses(2, "query: Permission Error");
    query("COPY runs TO '%s'".formatted(folder.resolve("copied.csv"))).refuses(2, "query: Permission Error");
    query("SET enable_external_access = true").refuses(2, "query: ");
    query("INSTALL httpfs").refuses(2, "query: Permission Error");
    query("ATTACH '%s'".formatted(folder.resolve("other.db"))).refuses(2, "query: Permission Error");
    query("SELECT armm FROM runs").refuses(2, "query: Binder Error", "DESCRIBE runs tells the columns");
    query("SELEC").refuses(2, "query: Parser Error");
    assertThat(folder.resolve("copied.csv")).doesNotExist();
  }

  @Test
  void aDamagedRunIsToldAndPassedOver() throws IOException {
    var run = StudyView.read(study).chosen("first").getFirst().run();
    Files.writeString(run.resolve("run.json"), "{");
    var ran = query("SELECT count(*) AS n FROM runs WHERE arm = 'first'", "--json");
    assertThat(ran.json().get(0).get("n").asInt()).isEqualTo(1);
    assertThat(ran.err().lines()).hasSize(1).first().asString().contains("run.json").contains("damaged");
  }
}
