package dev.runnel.experiments.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.weights.NamedTensor;
import dev.runnel.experiments.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run's folder keeps what it was given, also when it is hurt. */
final class RunFolderTest {
  private static final TrialConfig CONFIG = Configs.trial("gestures", List.of());
  private static final Provenance FROM =
      Provenance.of(7, new Provenance.Data("gestures", "ab12"), List.of("train", "gestures"));

  @TempDir Path folder;
  private Path path;
  private final List<String> said = new ArrayList<>();

  @BeforeEach
  void name() {
    path = folder.resolve("runs/first");
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    try (var run = RunFolder.create(path, CONFIG, FROM)) {
      assertThat(run.latestCheckpoint(said::add)).isNull();
      run.writeCheckpoint(1, state(1));
      run.writeWeights(state(1));
      run.noteResumed(1);
      assertThat(run.done()).isFalse();
      run.writeResult(Map.of("test_accuracy", 0.5));
    }
    var run = RunFolder.read(path);
    assertThat(run.config()).isEqualTo(CONFIG);
    assertThat(run.provenance()).isEqualTo(FROM.withResumed(List.of(1L)));
    assertThat(run.weights()).isEqualTo(state(1));
    assertThat(run.done()).isTrue();
    assertThat(run.latestCheckpoint(said::add).content().get("v").get(0)).isEqualTo(1);
    assertThat(said).isEmpty();
    assertThatThrownBy(() -> run.writeCheckpoint(2, state(2))).isInstanceOf(IllegalStateException.class);
    assertThat(names()).containsExactlyInAnyOrder("config.conf", "run.json", "lock", "checkpoint-1.safetensors",
        "weights.safetensors", "result.json");
  }

  @Test
  void provenanceTellsTheMachine() {
    assertThat(FROM.seed()).isEqualTo(7);
    assertThat(FROM.machine().cores()).isPositive();
    assertThat(FROM.machine().memory()).isPositive();
    assertThat(FROM.versions().java()).startsWith("25");
    assertThat(FROM.command()).containsExactly("train", "gestures");
  }

  @Test
  void gitStateIsToldInsideACheckoutOnly() throws Exception {
    assertThat(Provenance.git(folder)).isNull();
    var script = "git init -q . && echo a >f && git add f && git -c user.name=a -c user.email=a@b commit -qm m";
    var process = new ProcessBuilder("sh", "-c", script).directory(folder.toFile()).start();
    assumeTrue(process.waitFor() == 0, "skipped: no git");
    var clean = Provenance.git(folder);
    assertThat(clean.commit()).matches("[0-9a-f]{40,64}");
    assertThat(clean.dirty()).isFalse();
    Files.writeString(folder.resolve("f"), "b");
    assertThat(Provenance.git(folder)).isEqualTo(new Provenance.Git(clean.commit(), true));
  }

  @Test
  void theNewestCheckpointAndTheOneBeforeAreKept() throws IOException {
    try (var run = RunFolder.create(path, CONFIG, FROM)) {
      for (int epoch = 8; epoch <= 11; epoch++) {
        run.writeCheckpoint(epoch, state(epoch));
        assertThat(run.latestCheckpoint(said::add).steps()).isEqualTo(epoch);
      }
      assertThat(names()).contains("checkpoint-10.safetensors", "checkpoint-11.safetensors")
          .doesNotContain("checkpoint-9.safetensors", "checkpoint-8.safetensors");
    }
  }

  @Test
  void aDamagedCheckpointGivesWayToTheOneBefore() throws IOException {
    try (var run = RunFolder.create(path, CONFIG, FROM)) {
      run.writeCheckpoint(1, state(1));
      run.writeCheckpoint(2, state(2));
      Path newest = path.resolve("checkpoint-2.safetensors");
      byte[] whole = Files.readAllBytes(newest);
      for (int at = 0; at < whole.length; at += 7) {
        byte[] damaged = whole.clone();
        damaged[at] ^= 16;
        fallsBack(run, newest, damaged);
        fallsBack(run, newest, Arrays.copyOf(whole, at));
      }
      fallsBack(run, newest, Files.readAllBytes(path.resolve("checkpoint-1.safetensors")));
      run.writeCheckpoint(2, state(3)); // trained again from the one before
      assertThat(run.latestCheckpoint(said::add).content().get("v").get(0)).isEqualTo(3);
      Files.write(newest, new byte[3]);
      Files.write(path.resolve("checkpoint-1.safetensors"), new byte[3]);
      assertThatThrownBy(() -> run.latestCheckpoint(said::add)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no whole checkpoint is left");
    }
  }

  private void fallsBack(RunFolder run, Path newest, byte[] damaged) throws IOException {
    Files.write(newest, damaged);
    said.clear();
    assertThat(run.latestCheckpoint(said::add).steps()).isEqualTo(1);
    assertThat(said).hasSize(1);
    assertThat(said.getFirst()).startsWith(newest + ": ").endsWith("; taking the checkpoint before it");
    assertThat(said.getFirst().lines()).hasSize(1);
  }

  @Test
  void aFolderHoldsOneRunAndOneProcess() throws Exception {
    try (var run = RunFolder.create(path, CONFIG, FROM)) {
      assertThatThrownBy(() -> RunFolder.create(path, CONFIG, FROM)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a new or empty folder expected");
      assertThatThrownBy(() -> RunFolder.resume(path)).hasMessageContaining("in use by another process");
      assertThat(run.config()).isEqualTo(CONFIG);
      // Another process, which ends when its standard input does.
      var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      var other = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), Holder.class.getName(),
          path.toString()).redirectErrorStream(true).start();
      assertThat(new String(other.getInputStream().readAllBytes(), UTF_8)).contains("in use by another process");
    }
    RunFolder.resume(path).close();
    RunFolder.resume(path).close();
  }

  /** Tries to go on with a run. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) {
      try (var run = RunFolder.resume(Path.of(arguments[0]))) {
        System.out.println("locked " + run.path());
      } catch (IllegalArgumentException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  /** Writes checkpoints until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      try (var run = RunFolder.resume(Path.of(arguments[0]))) {
        var metrics = run.metrics();
        for (int epoch = 1; epoch < 1_000_000; epoch++) {
          metrics.add(row(epoch));
          run.writeCheckpoint(epoch, state(epoch));
        }
      }
    }
  }

  @Test
  void aKilledWriterLeavesAWholeCheckpoint() throws Exception {
    RunFolder.create(path, CONFIG, FROM).close();
    long last = 0;
    for (int round = 0; round < 4; round++) {
      var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      var writer = new ProcessBuilder(java, "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
          Writer.class.getName(), path.toString()).redirectErrorStream(true)
          .redirectOutput(folder.resolve("out").toFile()).start();
      long end = System.nanoTime() + 30_000_000_000L;
      while (!Files.exists(path.resolve("checkpoint-3.safetensors")) && round == 0 && writer.isAlive()
          && System.nanoTime() < end) {
        Thread.sleep(5);
      }
      Thread.sleep(round == 0 ? 50 : 900 + 137 * round);
      writer.destroyForcibly().waitFor();
      try (var run = RunFolder.resume(path)) {
        var checkpoint = run.latestCheckpoint(said::add);
        assertThat(said).isEmpty();
        assertThat(checkpoint).as(Files.readString(folder.resolve("out"))).isNotNull();
        assertThat(checkpoint.content().get("v").get(0)).isEqualTo(checkpoint.steps());
        assertThat(run.metrics().rows()).hasSizeGreaterThanOrEqualTo(1);
        last = Math.max(last, checkpoint.steps());
      }
      assertThat(names()).noneMatch(name -> name.endsWith(".tmp"));
    }
    assertThat(last).isPositive();
  }

  @Test
  void anInterruptedCreationCanBeRepeated() throws IOException {
    Files.createDirectories(path);
    Files.writeString(path.resolve("lock"), "");
    Files.writeString(path.resolve(".run.json.x.tmp"), "{");
    assertThatThrownBy(() -> RunFolder.resume(path)).hasMessageContaining("came one without config.conf");
    RunFolder.create(path, CONFIG, FROM).close();
    assertThat(names()).containsExactlyInAnyOrder("config.conf", "run.json", "lock");
  }

  @Test
  void mistakesAreOneLine() throws IOException {
    assertThatThrownBy(() -> RunFolder.read(path)).hasMessage(path + ": a run's folder expected, came no folder");
    var file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> RunFolder.create(file, CONFIG, FROM)).hasMessageStartingWith(file + ": cannot be made");
    RunFolder.create(path, CONFIG, FROM).close();
    assertThatThrownBy(() -> RunFolder.read(path).weights()).hasMessageContaining("weights expected, came no file");
    Files.writeString(path.resolve("run.json"), "{\"seed\": \"x\"");
    assertThatThrownBy(() -> RunFolder.read(path).provenance()).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("run.json: damaged");
    Files.writeString(path.resolve("run.json"), "{}");
    assertThatThrownBy(() -> RunFolder.read(path).provenance()).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void metricsComeBackAndDropLaterEpochs() throws IOException {
    try (var run = RunFolder.create(path, CONFIG, FROM)) {
      var metrics = run.metrics();
      assertThat(metrics.rows()).isEmpty();
      var rows = new ArrayList<EpochMetrics>();
      for (int epoch = 1; epoch <= 5; epoch++) {
        rows.add(row(epoch));
        metrics.add(row(epoch));
        assertThat(run.metrics().rows()).isEqualTo(rows);
      }
      run.metrics().keepThrough(3);
      assertThat(run.metrics().rows()).isEqualTo(rows.subList(0, 3));
      Path file = path.resolve("metrics.arrow");
      byte[] whole = Files.readAllBytes(file);
      for (int at = 0; at < whole.length; at += 97) {
        Files.write(file, Arrays.copyOf(whole, at));
        assertThatThrownBy(run::metrics).isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith(file + ": damaged: ").satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
      }
    }
  }

  private static EpochMetrics row(int epoch) {
    return new EpochMetrics(epoch, 10L * epoch, 0.5 / epoch, 0.25, 0.125, Double.NaN, 1e300, 0.1);
  }

  private static SafeTensors state(int value) {
    return SafeTensors.of(Map.of("best", "0.5"), List.of(NamedTensor.wrap("v", new double[] {value, -value}, 2)));
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
