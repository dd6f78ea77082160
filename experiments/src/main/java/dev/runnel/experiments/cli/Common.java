package dev.runnel.experiments.cli;

import dev.runnel.datasets.Archive;
import dev.runnel.datasets.Catalogue;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.train.Trials;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What commands share. */
record Common(Console console, Registry registry) {

  /** Trials over the datasets of {@link #catalogue}. */
  Trials trials(@Nullable Path folder) {
    return new Trials(registry, catalogue(folder));
  }

  /** Datasets that are bound, and those in a folder, in $RUNNEL_DATA and in the cache. */
  Catalogue catalogue(@Nullable Path folder) {
    return new Catalogue(
        registry.datasets(), Archive.of(folder == null ? List.of() : List.of(folder), System.getenv()));
  }
}
