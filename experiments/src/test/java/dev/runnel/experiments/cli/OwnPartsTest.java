package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.MapBinder;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.OptimiserConfig;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.modules.CallbackFactory;
import dev.runnel.experiments.modules.Metric;
import dev.runnel.experiments.modules.OptimiserFactory;
import dev.runnel.experiments.modules.ScheduleFactory;
import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.run.Scans;
import dev.runnel.experiments.train.Callback;
import dev.runnel.experiments.train.Progress;
import dev.runnel.experiments.train.Stop;
import dev.runnel.experiments.train.Stopped;
import dev.runnel.experiments.train.Trials;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Optimisers, schedules, metrics and callbacks by name: those that come along, and a user's own. */
final class OwnPartsTest {
  private static final List<String> TOLD = new ArrayList<>();

  @TempDir Path folder;
  private Path data;

  /** What a user's jar would hold. */
  public static final class Parts extends AbstractModule {
    private record SignDescent(String summary) implements OptimiserFactory, Optimiser.Rule {
      @Override
      public Optimiser.Rule create(OptimiserConfig config) {
        return this;
      }

      @Override
      public Tensor change(String path, Tensor gradient, Tensor step) {
        return gradient.greater(0).select(gradient.like(1), -1);
      }
    }

    private record Halves(String summary) implements ScheduleFactory {
      @Override
      public Optimiser.Schedule create(OptimiserConfig.Schedule config, int warmup, int steps) {
        return step -> step.toFloat().less(steps / 2).select(step.toFloat().like(1), 0);
      }
    }

    private record Confidence(String summary, boolean isLargerBetter) implements Metric {
      @Override
      public double of(int[] labels, double[] logits, int classes) {
        return Math.abs(logits[0] - logits[1]);
      }
    }

    private record Diary(String summary) implements CallbackFactory, Callback {
      @Override
      public Callback create() {
        return this;
      }

      @Override
      public void epoch(Run run, EpochMetrics metrics) {
        TOLD.add("%s %d %d".formatted(run.folder().getFileName(), metrics.epoch(), run.split().validation().length));
      }
    }

    @Override
    protected void configure() {
      MapBinder.newMapBinder(binder(), String.class, OptimiserFactory.class).addBinding("sign")
          .toInstance(new SignDescent("steps of equal size"));
      MapBinder.newMapBinder(binder(), String.class, ScheduleFactory.class).addBinding("half")
          .toInstance(new Halves("nothing in the second half"));
      MapBinder.newMapBinder(binder(), String.class, Metric.class).addBinding("confidence")
          .toInstance(new Confidence("how far apart", false));
      MapBinder.newMapBinder(binder(), String.class, CallbackFactory.class).addBinding("diary")
          .toInstance(new Diary("what happened"));
    }
  }

  @BeforeEach
  void data() throws IOException {
    data = TinyData.archive(folder, "waves", false);
    TOLD.clear();
  }

  private static TrialConfig config(String... more) {
    var settings = new ArrayList<>(List.of("data.name=waves", "model.hidden=6", "model.state=4", "model.layers=2",
        "train.epochs=4", "train.batch=8", "train.patience=0", "backend.name=reference"));
    settings.addAll(List.of(more));
    return Configs.trial("gestures", settings);
  }

  private static List<EpochMetrics> metrics(Path run) {
    try (var read = RunFolder.read(run)) {
      return read.metrics().rows();
    }
  }

  @Test
  void aJarOnTheClassPathAddsItsOwn() throws Exception {
    var jar = folder.resolve("jar");
    Files.createDirectories(jar.resolve("META-INF/services"));
    Files.writeString(jar.resolve("META-INF/services/com.google.inject.Module"), Parts.class.getName());
    var thread = Thread.currentThread();
    var before = thread.getContextClassLoader();
    try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      assertThat(Ran.here("list", "optimisers").out()).contains("adamw", "sgd", "sign");
      assertThat(Ran.here("list", "schedules").out()).contains("constant", "cosine", "half");
      assertThat(Ran.here("list", "metrics").out()).contains("macro-f1", "confidence");
      assertThat(Ran.here("list", "callbacks").out()).contains("observe", "diary");
      var run = folder.resolve("run");
      var outcome = Trials.standard(data).train(config("train.optimiser.name=sign",
          "train.optimiser.schedule.name=half", "train.optimiser.clip=0", "train.metrics=[confidence]",
          "train.callbacks=[diary]"), run);
      assertThat(outcome.further()).containsOnlyKeys("confidence");
      assertThat(TOLD).containsExactly("run 1 5", "run 2 5", "run 3 5", "run 4 5");
      var rows = metrics(run);
      assertThat(rows.get(1).validationLoss()).isNotEqualTo(rows.get(0).validationLoss());
      assertThat(rows.get(3).validationLoss()).as("the rate is 0 by then").isEqualTo(rows.get(2).validationLoss());
    } finally {
      thread.setContextClassLoader(before);
    }
    Ran.here("train", "gestures", "--set", "train.optimiser.name=sign", "--out", folder.resolve("x").toString())
        .refuses(2, "train.optimiser.name: one of [adam, adamw, sgd] expected, 'sign' came");
  }

  @Test
  void namesThatAreNotBoundAreRefusedBeforeAFolderIsMade() {
    for (var bad : List.of("train.optimiser.name=adan|nearest: adam",
        "train.optimiser.schedule.name=cosin|nearest: cosine", "train.metrics=[macro-f2]|nearest: macro-f1",
        "train.select=acuracy|nearest: accuracy",
        "train.callbacks=[obsreve]|nearest: observe")) {
      var parts = bad.split("\\|");
      var out = folder.resolve("refused");
      Ran.here("train", "gestures", "--set", parts[0], "--out", out.toString())
          .refuses(2, parts[0].substring(0, parts[0].indexOf('=')) + ": one of [", parts[1]);
      assertThat(out).doesNotExist();
    }
    Ran.here("list", "metric").refuses(2, "nearest: metrics");
  }

  @Test
  void metricsAreRecordedAndSelect() {
    var run = folder.resolve("run");
    var trials = Trials.standard(data);
    var outcome = trials.train(config("train.metrics=[macro-f1, accuracy]", "train.select=loss"), run);
    var rows = metrics(run);
    int best = 0;
    for (int i = 0; i < rows.size(); i++) {
      assertThat(rows.get(i).further()).containsOnlyKeys("macro-f1");
      assertThat(rows.get(i).further().get("macro-f1")).isBetween(0.0, 1.0);
      best = rows.get(i).validationLoss() <= rows.get(best).validationLoss() ? i : best;
    }
    assertThat(outcome.bestEpoch()).isEqualTo(best + 1);
    assertThat(outcome.validationAccuracy()).isEqualTo(rows.get(best).validationAccuracy());
    assertThat(outcome.json()).containsKey("test_macro-f1");
    assertThat(trials.resume(run, Progress.SILENT)).as("read again").isEqualTo(outcome);
    var other = trials.train(config("train.select=macro-f1"), folder.resolve("other"));
    assertThat(other.further()).containsOnlyKeys("macro-f1");
    if (other.bestEpoch() == outcome.bestEpoch()) {
      assertThat(other.further().get("macro-f1")).isEqualTo(outcome.further().get("macro-f1"), within(0.0));
    }
  }

  @Test
  void scansAreObservedEachEpoch() throws IOException {
    var trials = Trials.standard(data);
    var newton = config("train.callbacks=[observe]", "model.solver=newton");
    var run = folder.resolve("run");
    trials.train(newton, run);
    var rows = Scans.of(run).rows();
    assertThat(rows).hasSize(8);
    for (int i = 0; i < rows.size(); i++) {
      var row = rows.get(i);
      assertThat(row.epoch()).isEqualTo(i / 2 + 1);
      assertThat(row.scan()).isEqualTo(i % 2);
      assertThat(row.largest()).isPositive();
      assertThat(row.above1()).isBetween(0.0, 1.0);
      assertThat(row.above1() > 0).isEqualTo(row.largest() > 1);
      assertThat(row.iterations()).isNotNull();
      assertThat(row.bound()).isNotNull();
      assertThat(row.finished()).isNotNull();
    }
    assertThat(rows.stream().map(Scans.Row::largest).distinct()).hasSizeGreaterThan(4);

    var stopped = folder.resolve("stopped");
    assertThatThrownBy(() -> trials.train(newton, stopped, Progress.SILENT, List.of(), Stop.afterEpoch(3)))
        .isInstanceOf(Stopped.class);
    assertThat(Scans.of(stopped).rows()).isEqualTo(rows.subList(0, 6));
    Scans.of(stopped).put(3, rows.subList(6, 8)); // as if it had been killed after its fourth epoch's rows
    trials.resume(stopped, Progress.SILENT);
    assertThat(Files.readAllBytes(stopped.resolve("scans.arrow")))
        .isEqualTo(Files.readAllBytes(run.resolve("scans.arrow")));

    var plain = folder.resolve("plain");
    trials.train(config("train.callbacks=[observe]", "train.epochs=1"), plain);
    assertThat(Scans.of(plain).rows()).hasSize(2).allSatisfy(row -> assertThat(row.iterations()).isNull());
    assertThat(Scans.of(folder).rows()).isEmpty();
    Files.write(run.resolve("scans.arrow"), new byte[20]);
    assertThatThrownBy(() -> Scans.of(run)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(run.resolve("scans.arrow") + ": damaged: ");
  }
}
