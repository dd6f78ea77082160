package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.runnel.autodiff.memory.Memory;
import dev.runnel.datasets.Batches;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.train.NonFinite;
import dev.runnel.experiments.train.Outcome;
import dev.runnel.experiments.train.Progress;
import dev.runnel.experiments.train.Stop;
import dev.runnel.experiments.train.Stopped;
import dev.runnel.experiments.train.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that is stopped goes on to the same bits; one that explodes says where. */
final class LongRunTest {
  @TempDir Path folder;
  private Trials trials;

  @BeforeEach
  void data() throws IOException {
    trials = Trials.standard(TinyData.archive(folder, "waves", true));
  }

  /** Drops out, keeps statistics of batches, augments: all that a step may depend on; without kernels to compile. */
  private static TrialConfig config(String... more) {
    var settings = new ArrayList<>(List.of("data.name=waves", "data.augment.jitter=0.1", "model.name=liquid-s4",
        "model.hidden=6", "model.state=4", "model.layers=1", "model.options.dropout=0.2", "train.epochs=3",
        "train.batch=8", "train.patience=0", "train.optimiser.schedule.name=cosine", "backend.name=reference"));
    settings.addAll(List.of(more));
    return Configs.trial("gestures", settings);
  }

  /** Says so when it has been asked that often before. */
  private static Stop asked(int times) {
    var count = new AtomicInteger();
    return () -> count.getAndIncrement() == times;
  }

  private static List<EpochMetrics> metrics(Path run) {
    try (var read = RunFolder.read(run)) {
      return read.metrics().rows().stream().map(m -> new EpochMetrics(m.epoch(), m.step(), m.trainLoss(),
          m.trainAccuracy(), m.validationLoss(), m.validationAccuracy(), m.gradientNorm(), 0)).toList();
    }
  }

  private static Map<String, Object> result(Outcome outcome) {
    var json = outcome.json();
    List.of("seconds", "ms_per_step", "run").forEach(json::remove);
    return json;
  }

  private void same(Path run, Outcome outcome, Path whole, Outcome expected) throws IOException {
    assertThat(Files.readAllBytes(run.resolve("weights.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("weights.safetensors")));
    assertThat(metrics(run)).isEqualTo(metrics(whole));
    assertThat(result(outcome)).isEqualTo(result(expected));
  }

  @Test
  void aRunThatIsStoppedAnywhereGoesOnToTheSameBits() throws IOException {
    var whole = folder.resolve("whole");
    var asks = new AtomicInteger();
    var expected = trials.train(config(), whole, Progress.SILENT, List.of(), () -> asks.getAndIncrement() < 0);
    int steps = (int) expected.steps();
    assertThat(steps).isEqualTo(9);
    assertThat(asks.get()).as("before each step and after an epoch's last").isEqualTo(steps + 3);
    for (int ask = 0; ask < asks.get(); ask++) {
      var run = folder.resolve("stopped-" + ask);
      var stop = asked(ask);
      var stopped = catchThrowableOfType(Stopped.class,
          () -> trials.train(config(), run, Progress.SILENT, List.of(), stop));
      assertThat(stopped.epochs()).isEqualTo(ask / 4);
      assertThat(stopped.steps()).isEqualTo(ask / 4 * 3 + ask % 4);
      assertThat(stopped).hasMessageContaining("go on with train --resume " + run);
      assertThat(stopped.getMessage().lines()).hasSize(1);
      assertThat(run.resolve("checkpoint-" + stopped.steps() + ".safetensors")).exists();
      assertThat(run.resolve("result.json")).doesNotExist();
      same(run, trials.resume(run, Progress.SILENT), whole, expected);
    }
    var run = folder.resolve("each");
    assertThatThrownBy(() -> trials.train(config(), run, Progress.SILENT, List.of(), asked(1)))
        .isInstanceOf(Stopped.class);
    for (int step = 2; step <= steps; step++) {
      var stop = asked(1 + (step % 3 == 1 ? 1 : 0)); // once more where an epoch ends
      var stopped = catchThrowableOfType(Stopped.class, () -> trials.resume(run, Progress.SILENT, stop));
      assertThat(stopped.steps()).isEqualTo(step);
    }
    same(run, trials.resume(run, Progress.SILENT), whole, expected);
    try (var read = RunFolder.read(run)) {
      assertThat(read.provenance().resumed()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    }
  }

  @Test
  void aRunStopsAfterAnEpochAndCanBeLookedAt() throws IOException {
    var whole = folder.resolve("whole");
    var expected = trials.train(config(), whole);
    var run = folder.resolve("halved");
    for (int epochs : new int[] {1, 1, 2}) {
      var stopped = catchThrowableOfType(Stopped.class, () -> {
        if (Files.exists(run)) {
          trials.resume(run, Progress.SILENT, Stop.afterEpoch(epochs));
        } else {
          trials.train(config(), run, Progress.SILENT, List.of(), Stop.afterEpoch(epochs));
        }
      });
      assertThat(stopped.epochs()).isEqualTo(epochs);
      assertThat(metrics(run)).isEqualTo(metrics(whole).subList(0, epochs));
      assertThat(run.resolve("result.json")).doesNotExist();
    }
    same(run, trials.resume(run, Progress.SILENT, Stop.afterEpoch(3)), whole, expected);
  }

  private NonFinite explodes(Path run, TrialConfig config) {
    var first = catchThrowableOfType(NonFinite.class, () -> trials.train(config, run));
    assertThat(first).isNotNull();
    System.out.println(first.getMessage());
    assertThat(first.getMessage().lines()).hasSize(1);
    assertThat(run.resolve("result.json")).doesNotExist();
    var again = folder.resolve("again-" + run.getFileName());
    var second = catchThrowableOfType(NonFinite.class, () -> trials.train(config, again));
    assertThat(second.getMessage()).isEqualTo(first.getMessage().replace(run.toString(), again.toString()));
    return first;
  }

  @Test
  void aRateThatIsTooHighIsFoundOut() {
    var run = folder.resolve("diverged");
    var explosion = explodes(run, config("train.optimiser.name=sgd", "train.optimiser.rate=1e30",
        "train.optimiser.schedule.name=constant", "train.optimiser.clip=0"));
    assertThat(explosion.step()).isBetween(2L, 4L);
    assertThat(explosion).hasMessageContaining("is the first not finite; lower train.optimiser.rate");
    var wild = explodes(folder.resolve("wild"), config("train.optimiser.name=sgd", "train.optimiser.rate=1e300",
        "train.optimiser.schedule.name=constant", "train.batch=64"));
    assertThat(wild.tensor()).startsWith("parameter ");
    assertThat(wild).hasMessageContaining("there is no checkpoint yet");
  }

  @Test
  void aGradientIsNamedByItsPath() throws IOException {
    var file = folder.resolve("waves/waves_TRAIN.ts"); // squares of these overflow a float, they themselves do not
    var lines = new ArrayList<>(Files.readAllLines(file));
    for (int i = lines.indexOf("@data") + 1; i < lines.size(); i++) {
      lines.set(i, lines.get(i).replaceAll("[-\\d.]+(?=[,:])", "1e30"));
    }
    Files.write(file, lines);
    var explosion = explodes(folder.resolve("steep"), config("data.standardise=false", "data.augment.jitter=0",
        "model.name=lru", "backend.name=simd", "backend.threads=1"));
    assertThat(explosion.step()).isEqualTo(1);
    assertThat(explosion.tensor()).startsWith("gradient of ");
  }

  @Test
  void theLastGoodCheckpointIsNamed() {
    var run = folder.resolve("late");
    var explosion = explodes(run, config("train.optimiser.name=sgd", "train.optimiser.rate=1e8",
        "train.optimiser.clip=0", "train.batch=64", "train.optimiser.schedule.name=constant"));
    long kept = explosion.step() - 1; // a step an epoch
    assertThat(explosion).hasMessageContaining("the last good checkpoint is " + run.resolve("checkpoint-" + kept));
    assertThat(run.resolve("checkpoint-" + kept + ".safetensors")).exists();
  }

  @Test
  void aRowThatOverflowsIsNamed() throws IOException {
    var config = config("data.standardise=false", "data.augment.jitter=0");
    int bad;
    int step = 0;
    try (var allocator = Memory.exact(); var data = trials.load(config.data(), allocator)) {
      int[] train = trials.split(config.data(), data, config.seed()).train();
      bad = train[11];
      for (int[] rows : Batches.of(train, 8).shuffled(config.seed(), 1)) {
        step++;
        if (Arrays.stream(rows).anyMatch(row -> row == bad)) {
          break;
        }
      }
    }
    var file = folder.resolve("waves/waves_TRAIN.ts");
    var lines = new ArrayList<>(Files.readAllLines(file));
    int at = lines.indexOf("@data") + 1 + bad;
    lines.set(at, lines.get(at).replaceFirst("^[^,]+", "1e39"));
    Files.write(file, lines);
    var explosion = explodes(folder.resolve("overflow"), config);
    assertThat(explosion.tensor()).isEqualTo("input of row " + bad);
    assertThat(explosion.epoch()).isEqualTo(1);
    assertThat(explosion.step()).isEqualTo(step);
  }
}
