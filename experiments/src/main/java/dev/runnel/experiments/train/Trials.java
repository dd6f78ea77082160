package dev.runnel.experiments.train;

import dev.runnel.datasets.Archive;
import dev.runnel.datasets.Catalogue;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Split;
import dev.runnel.datasets.Storage;
import dev.runnel.experiments.config.DataConfig;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.run.Provenance;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.store.Sha256;
import java.nio.file.Path;
import java.util.List;
import dev.runnel.autodiff.memory.Memory;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Trials by config: finds the data, makes the model and the engine, trains, and leaves a run's folder.
 *
 * @param catalogue datasets by name
 */
public record Trials(Registry registry, Catalogue catalogue) {

  /** What Runnel ships, with datasets in these folders, in $RUNNEL_DATA and in the cache. */
  public static Trials standard(Path... folders) {
    var registry = Registry.standard();
    return new Trials(registry, new Catalogue(registry.datasets(), Archive.of(List.of(folders), System.getenv())));
  }

  /**
   * Trains anew.
   *
   * @param folder of the run; it must not exist yet
   * @param command what provenance says the run was started by
   * @param stop asked while training
   * @throws Stopped when it says so; {@link #resume} goes on
   * @throws NonFinite when training explodes
   */
  public Outcome train(TrialConfig config, Path folder, Progress progress, List<String> command, Stop stop) {
    try (var allocator = Memory.exact();
        var data = load(config.data(), allocator)) {
      var origin = new Provenance.Data(config.data().name(), data.hash());
      try (var run = new Run(config, data, allocator);
          var made = RunFolder.create(folder, config, Provenance.of(config.seed(), origin, command))) {
        return run.train(made, progress, stop);
      }
    }
  }

  /** {@link #train(TrialConfig, Path, Progress, List, Stop)} to its end. */
  public Outcome train(TrialConfig config, Path folder, Progress progress, List<String> command) {
    return train(config, folder, progress, command, Stop.NEVER);
  }

  /** {@link #train(TrialConfig, Path, Progress, List, Stop)} to its end, without a word. */
  public Outcome train(TrialConfig config, Path folder) {
    return train(config, folder, Progress.SILENT, List.of(), Stop.NEVER);
  }

  /**
   * Goes on with a run from its last checkpoint; one that is over only says again what it came to.
   *
   * @param stop asked while training
   * @throws Stopped when it says so
   * @throws NonFinite when training explodes
   */
  public Outcome resume(Path folder, Progress progress, Stop stop) {
    try (var existing = RunFolder.resume(folder);
        var allocator = Memory.exact();
        var data = load(existing.config().data(), allocator)) {
      if (!existing.provenance().data().sha256().equals(data.hash())) {
        throw new IllegalArgumentException(
            "%s: the data that the run began with expected, '%s' has changed; train anew"
                .formatted(folder, existing.config().data().name()));
      }
      if (existing.done()) {
        return Outcome.of(existing.result(), folder);
      }
      try (var run = new Run(existing.config(), data, allocator)) {
        return run.train(existing, progress, stop);
      }
    }
  }

  /** {@link #resume(Path, Progress, Stop)} to its end. */
  public Outcome resume(Path folder, Progress progress) {
    return resume(folder, progress, Stop.NEVER);
  }

  /** Loads a dataset by name. */
  public Dataset load(DataConfig config, BufferAllocator allocator) {
    return catalogue.load(config.name(), allocator, Storage.standard());
  }

  /**
   * What a config learns from.
   *
   * @param data the hash of the dataset's content
   * @param hash of that and of its file of splits or groups
   */
  public record Source(String data, String hash, int channels, int classes) {}

  /** Reads what a config learns from, for its hash and extents. */
  public Source source(DataConfig config) {
    String file = config.splitFile() == null ? config.groupFile() : config.splitFile();
    String splits = file == null ? "" : "+" + Sha256.of(beside(config, file));
    try (var allocator = Memory.exact();
        var data = load(config, allocator)) {
      return new Source(data.hash(), data.hash() + splits, Prepared.shaped(data, config).channels(), data.classes().size());
    }
  }

  private Path beside(DataConfig config, String file) {
    return catalogue.archive().find(config.name(), List.of()).folder().resolve(file);
  }

  /** The split that a config names. */
  public Split split(DataConfig config, Dataset data, long seed) {
    var file = config.splitFile();
    if (file != null) {
      return Split.file(beside(config, file), data, seed);
    }
    var groups = config.groupFile();
    if (groups != null) {
      return Split.byGroup(beside(config, groups), data, seed);
    }
    if (config.split().startsWith("fold:")) {
      var fold = config.split().substring(5).split("/");
      return Split.fold(data, Integer.parseInt(fold[1]), Integer.parseInt(fold[0]), seed);
    }
    return config.split().equals("paper") ? Split.paper(data, seed) : Split.official(data, seed);
  }

  /** One trial with its engine open. */
  private final class Run implements AutoCloseable {
    private final Split split;
    private final Prepared prepared;
    private final dev.runnel.autodiff.Engine engine;
    private final Trainer trainer;

    Run(TrialConfig config, Dataset data, BufferAllocator allocator) {
      var all = split(config.data(), data, config.seed());
      split = config.train().dropLast() ? all.whole(config.train().batch()) : all;
      prepared = Prepared.of(data, split, config.data(), config.seed());
      var sequences = prepared.sequences();
      int workers = config.backend().workers();
      var model = registry.model(config.model(), sequences.channels(), sequences.classes().size(), workers);
      engine = registry.engine(config.backend());
      trainer = new Trainer(config, model, engine, registry, allocator);
    }

    Outcome train(RunFolder folder, Progress progress, Stop stop) {
      return trainer.train(prepared, split, folder, progress, stop);
    }

    @Override
    public void close() {
      engine.close();
    }
  }
}
