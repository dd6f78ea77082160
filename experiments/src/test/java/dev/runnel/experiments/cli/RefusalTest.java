package dev.runnel.experiments.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with files and numbers is one line, and nothing is left behind. */
final class RefusalTest {
  @TempDir static Path folder;
  private static Path run;

  @BeforeAll
  static void train() throws IOException {
    TinyData.archive(folder, "waves", false);
    run = folder.resolve("run");
    train(run, "waves", "train.epochs=1").json();
  }

  private static Ran train(Path out, String data, String... settings) {
    var arguments = new java.util.ArrayList<>(List.of("train", "gestures", "--json", "--data", folder.toString(),
        "--out", out.toString(), "--set", "data.name=" + data, "--set", "model.hidden=8", "--set", "model.state=8",
        "--set", "model.layers=1"));
    for (var setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return Ran.here(arguments.toArray(String[]::new));
  }

  private static Map<String, byte[]> badFiles() {
    var good = TinyData.waves(6, 2, 20, false, 4).ts(true);
    byte[] binary = new byte[5000];
    new SplittableRandom(1).nextBytes(binary);
    var bad = new LinkedHashMap<String, byte[]>();
    bad.put("empty", new byte[0]);
    bad.put("truncated", good.substring(0, good.length() - 30).getBytes(UTF_8));
    bad.put("headerOnly", good.substring(0, good.indexOf("@data")).getBytes(UTF_8));
    bad.put("noCases", good.substring(0, good.indexOf("@data") + 6).getBytes(UTF_8));
    bad.put("mislabelled", good.replaceFirst(":quick\n", ":slwo\n").getBytes(UTF_8));
    bad.put("binary", binary);
    bad.put("zeros", new byte[100_000]);
    bad.put("longLine", ("@problemName " + "x".repeat(20_000_000)).getBytes(UTF_8));
    bad.put("manyTags", "@a b\n".repeat(1_000_000).getBytes(UTF_8));
    bad.put("manyClasses", ("@classLabel true " + "a b ".repeat(3_000_000) + "\n@data\n").getBytes(UTF_8));
    bad.put("hugeDimensions", good.replace("@dimensions 2", "@dimensions 2147483647").getBytes(UTF_8));
    bad.put("hugeLength", good.replace("@dimensions 2", "@dimensions 2\n@seriesLength 2147483647").getBytes(UTF_8));
    bad.put("moreChannels", TinyData.waves(6, 3, 20, false, 4).ts(true).replace("@dimensions 3", "@dimensions 2")
        .getBytes(UTF_8));
    bad.put("missingValues", good.replaceFirst("@data\n[^,]*,", "@data\n?,").getBytes(UTF_8));
    bad.put("gzipHeader", new byte[] {0x1f, (byte) 0x8b, 8, 0, 0});
    return bad;
  }

  @Test
  void badFilesAreRefusedByPredictEvaluateAndTrain() throws IOException {
    for (var bad : badFiles().entrySet()) {
      var name = bad.getKey();
      var suffix = name.contains("zip") ? "_TRAIN.ts.gz" : "_TRAIN.ts";
      var place = Files.createDirectories(folder.resolve(name));
      var file = Files.write(place.resolve(name + suffix), bad.getValue());
      var out = folder.resolve("scores");
      Ran.here("predict", "--run", run.toString(), "--data", file.toString(), "--out", out.toString())
          .refuses(2, name);
      assertThat(out).doesNotExist();
      Ran.here("evaluate", "--run", run.toString(), "--data", file.toString()).refuses(2, name);
      var fresh = folder.resolve("fresh");
      var trained = train(fresh, name);
      assertThat(trained.code()).as(name + trained.err()).isEqualTo(2);
      assertThat(trained.err().lines().filter(line -> !line.equals("run " + fresh))).as(name).hasSize(1);
      assertThat(trained.err()).contains(name).doesNotContain("Exception");
      assertThat(trained.out()).isEmpty();
      assertThat(fresh).doesNotExist();
    }
  }

  @Test
  void filesOfTheWrongKindAreRefused() throws IOException {
    var rows = folder.resolve("waves/waves_TEST.ts").toString();
    var out = folder.resolve("out").toString();
    var wide = Files.writeString(folder.resolve("wide.ts"), TinyData.waves(4, 3, 20, false, 4).ts(true)).toString();
    Ran.here("predict", "--run", run.toString(), "--data", wide, "--out", out).refuses(2, "2 channels expected");
    Ran.here("predict", "--run", run.toString(), "--data", rows + "x", "--out", out).refuses(2, rows + "x");
    Ran.here("predict", "--run", folder.toString(), "--data", rows, "--out", out).refuses(2, "a run's folder expected");
    Ran.here("predict", "--data", rows, "--out", out).refuses(2, "--run DIR, or --weights FILE");
    Ran.here("predict", "--weights", rows, "--config", run.resolve("config.conf").toString(), "--data", rows, "--out",
        out).refuses(2, "waves_TEST.ts");
    var weights = run.resolve("weights.safetensors");
    Ran.here("predict", "--weights", weights.toString(), "--config", "gestures", "--data", rows, "--out", out)
        .refuses(2, "shape");
    var checkpoint = run.resolve("checkpoint-1.safetensors").toString();
    Ran.here("predict", "--weights", checkpoint, "--config", run.resolve("config.conf").toString(), "--data", rows,
        "--out", out).refuses(2, "input.mean");
    byte[] bytes = Files.readAllBytes(weights);
    var cut = Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(bytes, bytes.length - 1));
    Ran.here("predict", "--weights", cut.toString(), "--config", run.resolve("config.conf").toString(), "--data", rows,
        "--out", out).refuses(2, "cut.safetensors");
    Ran.here("predict", "--run", run.toString(), "--data", rows, "--out", folder.resolve("no/such/out").toString())
        .refuses(2, "a file that can be written expected");
    Ran.here("evaluate", "--run", run.toString(), "--data", folder.resolve("nowhere.ts").toString())
        .refuses(2, "nowhere.ts");
  }

  @Test
  void namesAndValuesOfConfigsAreRefused() throws IOException {
    var fresh = folder.resolve("fresh");
    for (var bad : List.of("model.hiden=3", "model.hidden=x", "model.hidden=0", "train.dtype=f16", "train.batch=-1",
        "train.optimiser.rate=NaN", "data.split=half", "model.options.dtt=1", "model.options.dt=quick",
        "model.options.elastance=none", "backend.threads=-2", "train.optimiser.groups=3")) {
      var refused = train(fresh, "waves", bad);
      assertThat(refused.code()).as(bad + ": " + refused.err()).isEqualTo(2);
      assertThat(refused.err().lines().filter(line -> !line.equals("run " + fresh))).as(bad).hasSize(1);
      assertThat(refused.err()).contains(bad.substring(bad.indexOf('.') + 1, bad.indexOf('=')).split("\\.")[0])
          .doesNotContain("Exception");
      assertThat(fresh).doesNotExist();
    }
    Ran.here("train", folder.resolve("none.conf").toString()).refuses(2, "none.conf");
    var deep = Files.writeString(folder.resolve("deep.conf"), "a{".repeat(200_000));
    Ran.here("inspect", deep.toString()).refuses(2, "deep.conf");
    Ran.here("bench", "train", "--model", "lrcsm", "--batch", "1", "--length", "2", "--channels", "1", "--hidden", "2",
        "--state", "2", "--layers", "1").refuses(2, "nearest: lrcssm");
    Ran.here("bench", "scan", "--cell", "lcr", "--batch", "1", "--length", "2", "--state", "2").refuses(2, "lrc");
    Ran.here("bench", "gemm", "--m", "0", "--n", "1", "--k", "1").refuses(2, "--m of 1 or more");
    Ran.here("bench", "gemm", "--m", "1", "--n", "1", "--k", "1", "--backend", "tpu").refuses(2, "simd");
    for (var size : List.of("--channels", "--hidden", "--state", "--layers")) {
      var arguments = new java.util.ArrayList<>(List.of("bench", "train", "--batch", "1", "--length", "2",
          "--channels", "1", "--hidden", "2", "--state", "2", "--layers", "1"));
      arguments.set(arguments.indexOf(size) + 1, "-1");
      Ran.here(arguments.toArray(String[]::new)).refuses(2, size.substring(2));
    }
  }

  @Test
  void aLossThatIsNotFiniteEndsTheRunAndKeepsTheLastGoodCheckpoint() throws IOException {
    var out = folder.resolve("diverged");
    var ran = train(out, "waves", "train.optimiser.rate=1e30", "train.epochs=50", "train.batch=64");
    assertThat(ran.code()).as(ran.err()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err().lines().toList().getLast()).contains("a finite loss expected", "train.optimiser.rate");
    assertThat(ran.err()).doesNotContain("Exception");
    assertThat(out.resolve("result.json")).doesNotExist();
    try (var read = dev.runnel.experiments.run.RunFolder.read(out)) {
      var kept = read.latestCheckpoint(line -> assertThat(line).isEmpty());
      assertThat(kept).isNotNull();
      for (var tensor : kept.content().tensors().values()) {
        for (int i = 0; i < tensor.count(); i++) {
          assertThat(tensor.get(i)).as(tensor.name()).isFinite();
        }
      }
    }
  }

  @Test
  void whatTheMachineRunsOutOfIsOneLine() throws Exception {
    for (var thrown : List.of(new OutOfMemoryError("Java heap space"), new StackOverflowError(),
        new ExceptionInInitializerError())) {
      var err = new ByteArrayOutputStream();
      var console = new Console(new PrintStream(err), new PrintStream(err, true, UTF_8), false);
      assertThat(Main.failed(console, thrown)).isEqualTo(1);
      assertThat(err.toString(UTF_8).lines()).singleElement().asString().startsWith("runnel: ");
    }
    Ran.apart(folder, List.of("-Xmx24m"), "bench", "gemm", "--m", "3000", "--n", "3000", "--k", "3000")
        .refuses(1, "memory");
  }
}
