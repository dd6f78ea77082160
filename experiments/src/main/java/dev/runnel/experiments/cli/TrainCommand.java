package dev.runnel.experiments.cli;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.run.Provenance;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.train.Prepared;
import dev.runnel.experiments.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.RootAllocator;
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
    if (resume != null) {
      if (!settings.isEmpty() || seed != null || out != null) {
        throw new IllegalArgumentException(
            "train: --resume goes on as the run began, --set, --seed or --out came; train anew to change them");
      }
      try (var folder = RunFolder.resume(resume)) {
        train(folder.config(), folder);
      }
      return 0;
    }
    if (seed != null) {
      settings.add("seed=" + seed);
    }
    train(Configs.trial(java.util.Objects.requireNonNull(config), settings), null);
    return 0;
  }

  private void train(TrialConfig trial, @Nullable RunFolder existing) {
    var catalogue = common.catalogue(data);
    try (var allocator = new RootAllocator();
        var dataset = Common.load(catalogue, trial.data(), allocator)) {
      var split = Common.split(catalogue, trial.data(), dataset, trial.seed());
      var prepared = Prepared.of(dataset, split, trial.data());
      var sequences = prepared.sequences();
      var model = common.registry().model(trial.model(), sequences.channels(), sequences.classes().size());
      try (var engine = common.registry().engine(trial.backend())) {
        var trainer = new Trainer(trial, model, engine, allocator);
        if (existing != null) {
          if (!existing.provenance().data().sha256().equals(dataset.hash())) {
            throw new IllegalArgumentException(
                "%s: the data the run began with expected, '%s' has changed; train anew"
                    .formatted(existing.path(), trial.data().name()));
          }
          finish(trainer, prepared, split, existing);
          return;
        }
        var path = out == null ? fresh(trial) : out;
        var origin = new Provenance.Data(trial.data().name(), dataset.hash());
        try (var folder = RunFolder.create(path, trial, Provenance.of(trial.seed(), origin, Main.arguments()))) {
          finish(trainer, prepared, split, folder);
        }
      }
    }
  }

  private void finish(
      Trainer trainer, Prepared prepared, dev.runnel.datasets.Split split, RunFolder folder) {
    common.console().say("run " + folder.path());
    var outcome = trainer.train(prepared, split, folder, new TerminalProgress(common.console()));
    common.console().result(outcome.json(), json);
  }

  private static Path fresh(TrialConfig trial) {
    var time = LocalDateTime.now(java.time.ZoneId.systemDefault()).format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    var name = "%s-%d-%s".formatted(trial.name(), trial.seed(), time);
    var path = Path.of("runs", name);
    for (int i = 2; Files.exists(path); i++) {
      path = Path.of("runs", name + "-" + i);
    }
    return path;
  }
}
