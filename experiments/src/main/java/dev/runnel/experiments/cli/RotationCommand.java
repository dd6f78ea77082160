package dev.runnel.experiments.cli;

import dev.runnel.autodiff.memory.Memory;
import dev.runnel.experiments.bench.Bars;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.train.Outcome;
import dev.runnel.experiments.train.Stop;
import dev.runnel.experiments.train.Trained;
import dev.runnel.experiments.train.Trainer;
import dev.runnel.experiments.train.Trials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "rotation",
    description = "What rotation augmentation and alignment do to accuracy when each test recording is rotated at random.")
final class RotationCommand implements Callable<Integer> {
  private final Common common;

  @Option(names = "--config", defaultValue = "UWaveGestureLibrary", description = "A file or shipped name; ${DEFAULT-VALUE}.")
  private String config = "";

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides one value; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--seeds", paramLabel = "N", defaultValue = "3", description = "Runs each; ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
  private @Nullable Path data;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "Runs' folders, gone on with.")
  private @Nullable Path out;

  @Option(names = "--plot", paramLabel = "FILE", description = "A picture of the table, as PNG.")
  private @Nullable Path plot;

  @Option(names = "--json", description = "One JSON array on standard output.")
  private boolean json;

  /** What is done about rotations. */
  private enum Treatment {
    NOTHING(0, "none"),
    AUGMENTATION(Math.PI, "none"),
    GRAVITY(0, "gravity"),
    FULL(0, "full");

    private final List<String> settings;

    Treatment(double rotate, String align) {
      settings = List.of("data.augment.rotate=" + rotate, "data.transforms.align=" + align);
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
    if (plot != null) {
      Bars.checkName(plot);
    }
    return Signals.during(common.console(), this::table);
  }

  private int table(Stop stop) {
    var trials = common.trials(data);
    var rows = new ArrayList<Map<String, Object>>();
    var bars = new Bars("accuracy", List.of("test as recorded", "test rotated"));
    for (var treatment : Treatment.values()) {
      var recorded = new double[seeds];
      var rotated = new double[seeds];
      for (int seed = 0; seed < seeds; seed++) {
        var run = Objects.requireNonNull(out).resolve("%s-%d".formatted(treatment.name().toLowerCase(Locale.ROOT), seed));
        recorded[seed] = outcome(trials, run, trial(treatment, seed, false), stop).testAccuracy();
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

  /** Trains, or goes on with what was begun. */
  private Outcome outcome(Trials trials, Path run, TrialConfig trial, Stop stop) {
    var progress = new TerminalProgress(common.console(), run);
    if (!Files.exists(run)) {
      return trials.train(trial, run, progress, Main.arguments(), stop);
    }
    try (var folder = RunFolder.read(run)) {
      if (!folder.config().equals(trial)) {
        throw new IllegalArgumentException(
            "%s: a run of the same config expected, another's came; take another --out".formatted(run));
      }
    }
    return trials.resume(run, progress, stop);
  }

  private TrialConfig trial(Treatment treatment, int seed, boolean rotated) {
    var all = new ArrayList<>(settings);
    all.addAll(treatment.settings);
    all.addAll(List.of("seed=" + seed, "data.transforms.rotateTest=" + rotated));
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
