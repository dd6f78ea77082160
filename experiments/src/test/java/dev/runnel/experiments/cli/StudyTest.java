package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Studies on waves, by the command line; most by the interpreter, which has no kernels to compile for each trial. */
final class StudyTest {
  private static final boolean FULL = Boolean.getBoolean("runnel.full");
  private static final String STUDY =
      """
      name = waves
      base = gestures
      set = ["data.name=waves", "model.hidden=4", "model.state=4", "model.layers=1", "train.epochs=3", "train.batch=8",
        "backend.name=reference"]
      arms = [ { name = asymmetric }, { name = symmetric, set = ["model.options.elastance=symmetric"] } ]
      seeds = [0, 1]
      """;

  @TempDir Path folder;

  @BeforeEach
  void data() throws IOException {
    TinyData.archive(folder, "waves", false);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("study.conf"), text);
  }

  private List<String> arguments(Path study, String out, String... more) {
    var all = new ArrayList<>(List.of("ablate", study.toString(), "--data", folder.toString(), "--out",
        folder.resolve(out).toString()));
    all.addAll(List.of(more));
    return all;
  }

  private Ran ablate(Path study, String out, String... more) {
    return Ran.here(arguments(study, out, more).toArray(String[]::new));
  }

  /** States of each trial's journal, a line a trial, in the order of their folders. */
  private List<List<String>> journals(String out) throws IOException {
    var journals = new ArrayList<List<String>>();
    try (var trials = Files.list(folder.resolve(out).resolve("trials"))) {
      for (Path trial : trials.filter(t -> Files.exists(t.resolve("journal.jsonl"))).sorted().toList()) {
        journals.add(Files.readAllLines(trial.resolve("journal.jsonl")).stream().filter(line -> line.endsWith("}"))
            .map(line -> JsonMapper.shared().readTree(line).get("state").asString()).toList());
      }
    }
    return journals;
  }

  /** All of a table that doesn't depend on the clock. */
  private static List<String> table(JsonNode result) {
    var rows = new ArrayList<String>();
    for (var arm : result.get("arms")) {
      rows.add(arm.get("name") + " " + arm.get("point") + " " + arm.get("mean") + " " + arm.get("deviation") + " "
          + arm.get("per_seed"));
    }
    return rows;
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws IOException {
    var study = file(STUDY);
    var first = ablate(study, "out", "--json");
    assertThat(table(first.json())).hasSize(2);
    assertThat(first.err()).contains("4 trials, 0 of them settled already", "4/4");
    assertThat(journals("out")).hasSize(4).allMatch(List.of("RUNNING", "DONE")::equals);
    var again = ablate(study, "out", "--json", "--jobs", "2");
    assertThat(again.err()).contains("4 trials, 4 of them settled already");
    assertThat(again.json()).isEqualTo(first.json());
    assertThat(journals("out")).allMatch(List.of("RUNNING", "DONE")::equals);
  }

  @Test
  void neitherJobsNorThreadsNorProcessesChangeTheTable() throws IOException {
    var study = file(STUDY.replace("=reference", "=simd").replace("[0, 1]", "[0]"));
    var one = table(ablate(study, "one", "--json", "--set", "backend.threads=1").json());
    assertThat(table(ablate(study, "two", "--json", "--jobs", "3", "--set", "backend.threads=2").json())).isEqualTo(one);
    assertThat(table(ablate(study, "three", "--json", "--isolate").json())).isEqualTo(one);
    assertThat(folder.resolve("one/study.json")).exists();
    var keys = folder.resolve("one/trials").toFile().list();
    assertThat(folder.resolve("two/trials").toFile().list()).containsExactlyInAnyOrder(keys);
  }

  /** README.md's commands, at a tiny size. */
  @Test
  void theShippedStudyRunsAndIsReportedAndAsked() {
    var out = folder.resolve("elastance").toString();
    var result = Ran.here("ablate", "gestures-elastance", "--jobs", "2", "--out", out, "--json", "--set",
        "train.epochs=1", "--set", "model.hidden=8", "--set", "model.state=8", "--set", "model.layers=1").json();
    assertThat(result.get("DONE").asInt()).isEqualTo(6);
    Ran.here("report", out, "--json").json();
    assertThat(folder.resolve("elastance/report.html")).isNotEmptyFile();
    var rows = Ran.here("query", "SELECT arm, avg(test_accuracy) AS mean FROM runs GROUP BY arm ORDER BY arm", "--in", out,
        "--json").json();
    assertThat(rows.get(0).get("mean").asDouble())
        .isCloseTo(result.get("arms").get(0).get("mean").asDouble(), within(1e-12));
  }

  @Test
  void explainNamesTheFieldThatChanged() throws IOException {
    assertThat(ablate(file(STUDY), "out").code()).isZero();
    var changed = ablate(file(STUDY.replace("train.epochs=3", "train.epochs=2")), "out");
    assertThat(changed.err()).contains("asymmetric seed 0 is run anew: config train.epochs: 3 -> 2");
    try (var trials = Files.list(folder.resolve("out/trials"))) {
      var lines = new StringBuilder();
      for (Path trial : trials.toList()) {
        lines.append(Ran.here("explain", trial.toString()).out());
      }
      assertThat(lines.toString().lines().filter("  config train.epochs: 3 -> 2"::equals)).hasSize(4);
      assertThat(lines.toString().lines().filter("  no earlier trial of this arm, point and seed is there"::equals)).hasSize(4);
    }
    Ran.here("explain", folder.resolve("out/trials/nothing").toString()).refuses(2, "one trial 'nothing' expected, 0 came");
  }

  @Test
  void explainNamesTheDataThatChanged() throws IOException {
    var study = file(STUDY);
    assertThat(ablate(study, "out").code()).isZero();
    Files.writeString(folder.resolve("waves/waves_TEST.ts"), TinyData.waves(12, 2, 20, false, 9).ts(true));
    assertThat(ablate(study, "out").err()).contains("is run anew: data of waves: ");
  }

  @Test
  void aFailureIsSaidWhenItHappensAndTheOthersGoOn() throws IOException {
    var study = file(STUDY.replace("{ name = asymmetric }",
        "{ name = asymmetric, set = [\"train.optimiser.groups=[{pattern=nothing}]\"] }"));
    var ran = ablate(study, "out", "--json");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("asymmetric seed 0  FAILED", "'nothing'").doesNotContain("\tat ");
    var result = JsonMapper.shared().readTree(ran.out());
    assertThat(result.get("DONE").asInt()).isEqualTo(2);
    assertThat(result.get("FAILED").asInt()).isEqualTo(2);
    assertThat(result.get("arms").get(1).get("per_seed").size()).isEqualTo(2);
    assertThat(ablate(study, "out").err()).contains("4 of them settled already");
    ablate(file(Files.readString(study) + "rules { failed = 1 }"), "out");
    assertThat(journals("out")).contains(List.of("RUNNING", "FAILED", "RUNNING", "FAILED"));
  }

  @Test
  void theFirstFailureEndsAllOnRequest() throws IOException {
    var study = file(STUDY.replace("{ name = asymmetric }",
        "{ name = asymmetric, set = [\"train.optimiser.groups=[{pattern=nothing}]\"] }"));
    var ran = ablate(study, "out", "--fail-fast");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("1/4  asymmetric seed 0  FAILED").contains("stopped; the same command goes on");
    assertThat(journals("out")).containsExactly(List.of("RUNNING", "FAILED"));
  }

  @Test
  void numbersThatCeaseToBeFiniteAreAStateOfTheirOwn() throws IOException {
    var ran = ablate(file(STUDY.replace("seeds = [0, 1]", "seeds = [0]")), "out", "--json", "--set",
        "train.optimiser.rate=1e30", "--set", "train.optimiser.clip=0");
    assertThat(ran.err()).contains("NONFINITE");
    assertThat(ran.code()).isEqualTo(1);
  }

  @Test
  void whatAModelRefusesIsRefusedBeforeTheFirstTrial() throws IOException {
    ablate(file(STUDY.replace("elastance=symmetric", "elastence=symmetric")), "out")
        .refuses(2, "elastence", "nearest: elastance");
    assertThat(folder.resolve("out")).doesNotExist();
    ablate(file(STUDY.replace("seeds = [0, 1]", "seeds = [0, 0]")), "out").refuses(2, "seeds: one or more, no two alike");
    ablate(file(STUDY.replace("seeds =", "seed =")), "out").refuses(2, "unknown key; nearest: seeds");
    ablate(Path.of("gestures-elastanze"), "out").refuses(2, "nearest: gestures-elastance");
  }

  @Test
  void axesAreChosenByValidationAndHalvingGivesUpTheWorse() throws IOException {
    var study = file(STUDY.replace("train.epochs=3", "train.epochs=4")
        + """
        axes = [ { key = train.optimiser.rate, values = [1e-9, 1e-2, 3e-2] }, { union = [
          { key = train.batch, values = [8] }, { key = train.batch, values = [12] } ] } ]
        exclude = [ { product = [ { key = train.batch, values = [12] }, { key = train.optimiser.rate, values = [3e-2] } ] } ]
        halving { epochs = [1, 2], keep = 0.5 }
        """);
    var ran = ablate(study, "out", "--json");
    var result = ran.json();
    assertThat(result.get("trials").asInt()).isEqualTo(20);
    // of 5 points of an arm 3 pass the first rung and 2 the second
    assertThat(result.get("PRUNED").asInt()).isEqualTo(2 * 2 * 3);
    assertThat(result.get("DONE").asInt()).isEqualTo(2 * 2 * 2);
    assertThat(journals("out")).contains(List.of("RUNNING", "PAUSED", "RUNNING", "PAUSED", "RUNNING", "DONE"));
    var again = ablate(study, "other", "--json").json();
    assertThat(table(again)).isEqualTo(table(result));
    assertThat(ablate(study, "out", "--json").json()).isEqualTo(result);
  }

  /** How often a trial was begun or gone on with. */
  private long begun() throws IOException {
    return Files.exists(folder.resolve("killed/trials"))
        ? journals("killed").stream().flatMap(List::stream).filter("RUNNING"::equals).count() : 0;
  }

  /** Kills at moments of a seed that is printed, then processes side by side: the table of an undisturbed study. */
  @Test
  void killedAtAnyMomentAndSharedByProcessesItComesToTheSame() throws Exception {
    long seed = System.nanoTime();
    System.out.println("SIGKILL of studies at moments of seed " + seed);
    var random = new SplittableRandom(seed);
    var seeds = FULL ? "seeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]" : "seeds = [0, 1, 2]";
    var study = file(STUDY.replace("seeds = [0, 1]", seeds).replace("epochs=3", FULL ? "epochs=24" : "epochs=12")
        + "rules { lost = 1000 }");
    var whole = table(ablate(study, "whole", "--json").json());
    for (int kill = 0; kill < (FULL ? 20 : 2); kill++) {
      long before = begun();
      var process = Ran.process(folder, List.of(), arguments(study, "killed").toArray(String[]::new)).start();
      while (process.isAlive() && begun() == before) {
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
      process.waitFor(random.nextInt(600), TimeUnit.MILLISECONDS);
      process.destroyForcibly().waitFor();
    }
    var processes = new ArrayList<Process>();
    for (int i = 0; i < (FULL ? 16 : 3); i++) {
      processes.add(Ran.process(folder, List.of(), arguments(study, "killed").toArray(String[]::new)).start());
    }
    for (var process : processes) {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isZero();
    }
    assertThat(table(ablate(study, "killed", "--json").json())).isEqualTo(whole);
    System.out.println(journals("killed").stream().flatMap(List::stream).filter("LOST"::equals).count()
        + " trials were broken off by kills");
    assertThat(journals("killed")).hasSize(FULL ? 24 : 6).allSatisfy(states -> {
      assertThat(states).filteredOn("DONE"::equals).hasSize(1);
      assertThat(states.getLast()).isEqualTo("DONE");
      // begun once, and again only after a kill
      assertThat(states.stream().filter("RUNNING"::equals).count())
          .isEqualTo(1 + states.stream().filter("LOST"::equals).count());
    });
  }
}
