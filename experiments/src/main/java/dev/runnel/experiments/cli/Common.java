package dev.runnel.experiments.cli;

import dev.runnel.datasets.Archive;
import dev.runnel.datasets.Catalogue;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Split;
import dev.runnel.datasets.Storage;
import dev.runnel.experiments.config.DataConfig;
import dev.runnel.experiments.modules.Registry;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** What commands share. */
record Common(Console console, Registry registry) {

  /** Datasets that are bound, and those in a folder, in $RUNNEL_DATA and in the cache. */
  Catalogue catalogue(@Nullable Path folder) {
    return new Catalogue(
        registry.datasets(), Archive.of(folder == null ? List.of() : List.of(folder), System.getenv()));
  }

  static Dataset load(Catalogue catalogue, DataConfig config, BufferAllocator allocator) {
    return catalogue.load(config.name(), allocator, Storage.standard());
  }

  /** The split that a config names. */
  static Split split(Catalogue catalogue, DataConfig config, Dataset data, long seed) {
    var file = config.splitFile();
    if (file != null) {
      var folder = catalogue.archive().find(config.name(), List.of()).folder();
      return Split.file(folder.resolve(file), data, seed);
    }
    return config.split().equals("paper") ? Split.paper(data, seed) : Split.official(data, seed);
  }
}
