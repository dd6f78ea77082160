package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The same seed comes to the same bits: on any number of workers, again, killed and resumed. */
final class SameBitsTest {
  /** Steps of an epoch of the tiny run: 512 rows by 32. */
  private static final int EPOCH = 16;

  @TempDir Path folder;

  private static List<String> tiny(String... more) {
    var arguments = new ArrayList<>(List.of("train", "gestures", "--json", "--set", "model.hidden=8", "--set",
        "model.state=8", "--set", "model.layers=1"));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Path trained(String name, int threads, int seed) {
    var out = folder.resolve(name);
    Ran.here("train", "gestures", "--json", "--out", out.toString(), "--seed", "" + seed, "--set",
            "backend.threads=" + threads, "--set", "train.epochs=2", "--set", "model.hidden=24", "--set",
            "model.state=40", "--set", "train.batch=64")
        .json();
    return out;
  }

  private static List<EpochMetrics> metrics(Path run) {
    try (var read = RunFolder.read(run)) {
      return read.metrics().rows().stream()
          .map(m -> new EpochMetrics(m.epoch(), m.step(), m.trainLoss(), m.trainAccuracy(), m.validationLoss(),
              m.validationAccuracy(), m.gradientNorm(), 0))
          .toList();
    }
  }

  private static byte[] weights(Path run) throws IOException {
    return Files.readAllBytes(run.resolve("weights.safetensors"));
  }

  @Test
  void workersDoNotChangeBitsAndSeedsDo() throws IOException {
    var one = trained("one", 1, 5);
    assertThat(metrics(one)).hasSize(2);
    for (var same : List.of(trained("two", 2, 5), trained("again", 2, 5), trained("three", 3, 5))) {
      assertThat(weights(same)).as(same + "").isEqualTo(weights(one));
      assertThat(metrics(same)).isEqualTo(metrics(one));
    }
    assertThat(weights(trained("other", 2, 6))).isNotEqualTo(weights(one));
  }

  @Test
  void aKilledRunIsGoneOnWithToTheSameBits() throws Exception {
    long seed = System.nanoTime();
    System.out.println("SIGKILL at moments of seed " + seed);
    var random = new SplittableRandom(seed);
    var settings = new String[] {"--set", "train.epochs=8"};
    var whole = folder.resolve("whole");
    Ran.here(Stream.concat(tiny(settings).stream(), Stream.of("--out", whole.toString())).toArray(String[]::new))
        .json();
    var out = folder.resolve("killed");
    var begin = tiny(settings);
    begin.addAll(List.of("--out", out.toString()));
    List<String> again = List.of("train", "--resume", out.toString(), "--json");
    int[] after = {1 + random.nextInt(2), 4 + random.nextInt(2)};
    for (int kill = 0; kill < 2; kill++) {
      int last = killedAfter(out, after[kill], random, kill == 0 ? begin : again);
      assertThat(out.resolve("weights.safetensors")).doesNotExist();
      if (kill == 0) {
        continue;
      }
      // The newest is damaged as well: the older one, left alone, has to do.
      var newest = out.resolve("checkpoint-" + EPOCH * last + ".safetensors");
      byte[] bytes = Files.readAllBytes(newest);
      Files.write(newest, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
    }
    var resumed = Ran.apart(folder, List.of(), again.toArray(String[]::new));
    assertThat(resumed.json().get("epochs").asInt()).isEqualTo(8);
    assertThat(resumed.err()).contains("taking the checkpoint before it");
    assertThat(weights(out)).isEqualTo(weights(whole));
    assertThat(metrics(out)).isEqualTo(metrics(whole));
    var expected = result(whole);
    var came = result(out);
    for (var key : List.of("seconds", "ms_per_step", "run")) {
      expected.remove(key);
      came.remove(key);
    }
    assertThat(came).isEqualTo(expected);
    try (var read = RunFolder.read(out)) {
      assertThat(read.provenance().resumed()).hasSize(2);
    }
    over(out);
  }

  /** Kills a training at some moment after an epoch's checkpoint; the newest checkpoints are whole. Its epoch. */
  private int killedAfter(Path out, int epoch, SplittableRandom random, List<String> arguments) throws Exception {
    var child = Ran.process(folder, List.of(), arguments.toArray(String[]::new)).start();
    try {
      long end = System.nanoTime() + 120_000_000_000L;
      while (newest(out) < epoch && child.isAlive() && System.nanoTime() < end) {
        Thread.sleep(1);
      }
      Thread.sleep(random.nextInt(60));
    } finally {
      child.destroyForcibly().waitFor();
    }
    assertThat(child.exitValue()).as(Files.readString(folder.resolve("child.err"))).isEqualTo(137);
    int last = newest(out);
    assertThat(last).isGreaterThanOrEqualTo(epoch);
    for (int e = Math.max(1, last - 1); e <= last; e++) {
      var file = out.resolve("checkpoint-" + EPOCH * e + ".safetensors");
      assertThat(SafeTensors.read(file).checkSum(file).metadata()).containsEntry("epoch", "" + e);
    }
    return last;
  }

  private static int newest(Path run) throws IOException {
    if (!Files.isDirectory(run)) {
      return 0;
    }
    try (var files = Files.list(run)) {
      return files.map(f -> f.getFileName().toString()).filter(n -> n.matches("checkpoint-\\d+\\.safetensors"))
          .mapToInt(n -> Integer.parseInt(n.replaceAll("\\D", "")) / EPOCH).max().orElse(0);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> result(Path run) throws IOException {
    return new TreeMap<>(JsonMapper.shared().readValue(Files.readAllBytes(run.resolve("result.json")), Map.class));
  }

  /** A run that is over says again what it came to, and changes nothing. */
  private void over(Path run) throws IOException {
    var before = contents(run);
    var again = Ran.here("train", "--resume", run.toString(), "--json");
    assertThat(again.json().toString()).isEqualTo(
        JsonMapper.shared().readTree(Files.readAllBytes(run.resolve("result.json"))).toString());
    assertThat(contents(run)).isEqualTo(before);
  }

  private static Map<String, String> contents(Path run) throws IOException {
    var contents = new TreeMap<String, String>();
    try (var files = Files.list(run)) {
      for (var file : files.toList()) {
        contents.put(file.getFileName().toString(), Arrays.toString(Files.readAllBytes(file)));
      }
    }
    return contents;
  }

  @Test
  void onlyTheSameRunIsGoneOnWith() throws IOException {
    var data = TinyData.archive(folder, "waves", false);
    var out = folder.resolve("run");
    Ran.here("train", "gestures", "--json", "--out", out.toString(), "--data", data.toString(), "--set",
        "data.name=waves", "--set", "train.epochs=1", "--set", "model.hidden=8", "--set", "model.state=8").json();
    Ran.here("train", "--resume", out.toString(), "--set", "train.epochs=2").refuses(2, "--resume");
    Ran.here("train", "--resume", out.toString(), "--seed", "2").refuses(2, "--resume");
    Files.delete(out.resolve("result.json"));
    Files.writeString(data.resolve("waves/waves_TEST.ts"), TinyData.waves(12, 2, 20, false, 9).ts(true));
    var changed = Ran.here("train", "--resume", out.toString(), "--data", data.toString());
    assertThat(changed.err().lines()).singleElement().asString().contains("'waves' has changed");
    assertThat(changed.code()).isEqualTo(2);
    var before = contents(out);
    Files.delete(data.resolve("waves/waves_TRAIN.ts"));
    var gone = Ran.here("train", "--resume", out.toString(), "--data", data.toString());
    assertThat(gone.err().lines()).singleElement().asString().contains("waves");
    assertThat(gone.code()).isEqualTo(2);
    assertThat(contents(out)).isEqualTo(before);
  }
}
