package dev.runnel.experiments.cli;

import dev.runnel.autodiff.memory.Memory;
import dev.runnel.experiments.bench.Bars;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.train.Trainer;
import dev.runnel.experiments.train.Trials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "rotation",
    description = "What rotation augmentation and alignment do to accuracy when each test recording is rotated at random.")
final class RotationCommand implements Callable<Integer> {
  private final Common common;

  @Option(
      names = "--config", defaultValue = "UWaveGestureLibrary", description = "A file, or a shipped name; ${DEFAULT-VALUE}.")
  private String config = "";

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides one value; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--seeds", paramLabel = "N", defaultValue = "3", description = "Runs each; ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
  private @Nullable Path data;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "Runs' folders; those there are gone on with.")
  private @Nullable Path out;

  @Option(names = "--plot", paramLabel = "FILE", description = "A picture of the table, as PNG.")
  private @Nullable Path plot;

  @Option(names = "--json", description = "One JSON array on standard output.")
  private boolean json;

  /** What is done about rotations. */
  private enum Treatment {
    NOTHING("data.augment.rotate=0"),
    AUGMENTATION("data.augment.rotate=" + Math.PI),
    GRAVITY("data.transforms.align=gravity"),
    FULL("data.transforms.align=full");

    private final String setting;

    Treatment(String setting) {
      this.setting = setting;
    }

    @Override
    public String toString() {
      return switch (this) {
        case NOTHING, AUGMENTATION -> name().toLowerCase(Locale.ROOT);
        case GRAVITY, FULL -> "alignment, " + name().toLowerCase(Locale.ROOT);
      };
    }
  }

  RotationCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    if (seeds < 1) {
      throw new IllegalArgumentException("rotation: --seeds of 1 or more expected, %d came".formatted(seeds));
    }
    var trials = common.trials(data);
    var rows = new ArrayList<Map<String, Object>>();
    var bars = new Bars("accuracy", List.of("test as recorded", "test rotated"));
    for (var treatment : Treatment.values()) {
      var recorded = new double[seeds];
      var rotated = new double[seeds];
      for (int seed = 0; seed < seeds; seed++) {
        var run = java.util.Objects.requireNonNull(out).resolve("%s-%d".formatted(treatment.name().toLowerCase(Locale.ROOT), seed));
        var progress = new TerminalProgress(common.console(), run);
        var outcome =
            Files.exists(run)
                ? trials.resume(run, progress)
                : trials.train(trial(treatment, seed, false), run, progress, Main.arguments());
        recorded[seed] = outcome.testAccuracy();
        rotated[seed] = accuracy(trials, run, trial(treatment, seed, true));
      }
      rows.add(row(treatment, recorded, rotated));
      bars.add(treatment.toString(), recorded, rotated);
    }
    common.console().results(rows, json);
    if (plot != null) {
      bars.write(plot);
    }
    return 0;
  }

  private TrialConfig trial(Treatment treatment, int seed, boolean rotated) {
    var all = new ArrayList<>(settings);
    all.addAll(List.of(treatment.setting, "seed=" + seed, "data.transforms.rotateTest=" + rotated));
    return Configs.trial(config, all);
  }

  /** Of a trained run on test rows prepared as a config says. */
  private double accuracy(Trials trials, Path run, TrialConfig prepared) {
    var trained = new Trained(prepared, Trained.of(run, null, null).weights());
    try (var allocator = Memory.exact();
        var dataset = trials.load(prepared.data(), allocator)) {
      int[] test = trials.split(prepared.data(), dataset, prepared.seed()).test();
      return trained.over(
          dataset, common.registry(), allocator, (session, _) -> Trainer.score(session, test).accuracy());
    }
  }

  private Map<String, Object> row(Treatment treatment, double[] recorded, double[] rotated) {
    var row = new LinkedHashMap<String, Object>();
    row.put("treatment", treatment.toString());
    row.put("recorded", Bars.mean(recorded));
    row.put("recorded_deviation", Bars.deviation(recorded));
    row.put("rotated", Bars.mean(rotated));
    row.put("rotated_deviation", Bars.deviation(rotated));
    row.put("seeds", seeds);
    return row;
  }
}
