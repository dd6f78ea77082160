package dev.runnel.experiments.cli;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.train.Outcome;
import dev.runnel.experiments.train.Progress;
import dev.runnel.experiments.train.Stop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "train", description = "Trains one trial.")
final class TrainCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", arity = "0..1", paramLabel = "CONFIG", description = "A file, or a shipped name.")
  private @Nullable String config;

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides one value; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--seed", description = "Keys split, initial values and order of batches.")
  private @Nullable Long seed;

  @Option(names = "--out", paramLabel = "DIR", description = "The run's folder; it must not exist yet.")
  private @Nullable Path out;

  @Option(names = "--resume", paramLabel = "DIR", description = "Goes on with a run from its last checkpoint.")
  private @Nullable Path resume;

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
  private @Nullable Path data;

  @Option(
      names = "--drop-first-channel",
      description = "Takes channel 0 away as the LrcSSM loader does, for comparing with its numbers: where data have no"
          + " channel of time a real one is lost.")
  private boolean dropFirstChannel;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  TrainCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    if ((config == null) == (resume == null)) {
      throw new IllegalArgumentException(
          "train: CONFIG or --resume DIR expected, %s came".formatted(config == null ? "neither" : "both"));
    }
    if (dropFirstChannel) {
      settings.add("data.transforms.dropFirstChannel=true");
    }
    if (resume != null && (!settings.isEmpty() || seed != null || out != null)) {
      throw new IllegalArgumentException(
          "train: --resume goes on as the run began, --set, --seed, --out or another option came;"
              + " train anew to change them");
    }
    var trials = common.trials(data);
    if (resume != null) {
      var from = resume;
      return result(from, (progress, stop) -> trials.resume(from, progress, stop));
    }
    if (seed != null) {
      settings.add("seed=" + seed);
    }
    var trial = Configs.trial(String.valueOf(config), settings);
    var path = out == null ? fresh(trial) : out;
    return result(path, (progress, stop) -> trials.train(trial, path, progress, Main.arguments(), stop));
  }

  private int result(Path path, BiFunction<Progress, Stop, Outcome> work) {
    return Signals.during(common.console(), stop -> {
      var outcome = work.apply(new TerminalProgress(common.console(), path), stop);
      common.console().result(outcome.json(), json);
      return 0;
    });
  }

  private static Path fresh(TrialConfig trial) {
    var now = LocalDateTime.now(java.time.ZoneId.systemDefault());
    var time = now.format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    var name = "%s-%d-%s".formatted(trial.name(), trial.seed(), time);
    var path = Path.of("runs", name);
    for (int i = 2; Files.exists(path); i++) {
      path = Path.of("runs", name + "-" + i);
    }
    return path;
  }
}
