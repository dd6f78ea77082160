package dev.runnel.datasets;

import dev.runnel.datasets.format.TsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Datasets found by name in folders: {@code PLACE/NAME/NAME_TRAIN.ts} and {@code NAME_TEST.ts}, or one
 * {@code NAME_PARTIAL.ts} without an official split, each plain or with {@code .gz}. The first place that has the name
 * wins; a TRAIN file may come without a TEST file.
 *
 * @param places folders in the order in which they are searched; those that don't exist are passed over
 */
public record Archive(List<Path> places) {
  /** Copies the list. */
  public Archive {
    places = List.copyOf(new LinkedHashSet<>(places));
  }

  /**
   * The files of one dataset.
   *
   * @param folder where they lie
   * @param train TRAIN, or the only part there is
   * @param test TEST, where there is one
   * @param paperSplits {@code NAME_paper_splits.json}, where there is one
   */
  public record Found(Path folder, Path train, @Nullable Path test, @Nullable Path paperSplits) {}

  /**
   * The places that the command line searches: those given ({@code --data}), then {@code RUNNEL_DATA}, then
   * {@code ~/.cache/runnel}.
   */
  public static Archive of(List<Path> given, Map<String, String> environment) {
    List<Path> places = new ArrayList<>(given);
    String set = environment.get("RUNNEL_DATA");
    if (set != null && !set.isBlank()) {
      places.add(Path.of(set));
    }
    places.add(Path.of(System.getProperty("user.home", "."), ".cache", "runnel"));
    return new Archive(places);
  }

  /** Finds a dataset's files; {@code others} are names known from elsewhere, for the hint when there is none. */
  public Found find(String name, Collection<String> others) {
    if (name.isBlank() || name.startsWith(".") || name.contains("/") || name.contains("\\")) {
      throw new IllegalArgumentException("dataset: a plain name expected, came '" + name + "'");
    }
    List<Path> bare = new ArrayList<>();
    for (Path place : places) {
      Path folder = inside(place, name);
      Path train = part(folder, name + "_TRAIN");
      Path only = train == null ? part(folder, name + "_PARTIAL") : train;
      if (only != null) {
        Path splits = folder.resolve(name + "_paper_splits.json");
        return new Found(folder, only, train == null ? null : part(folder, name + "_TEST"),
            Files.isRegularFile(splits) ? splits : null);
      }
      if (Files.isDirectory(folder)) {
        bare.add(folder);
      }
    }
    if (!bare.isEmpty()) {
      throw new IllegalArgumentException("dataset " + name + ": " + name + "_TRAIN.ts or .ts.gz expected in "
          + bare.getFirst() + ", came none");
    }
    TreeSet<String> known = new TreeSet<>(others);
    known.addAll(names());
    throw new IllegalArgumentException("dataset " + name + ": not found in "
        + places.stream().map(Path::toString).collect(Collectors.joining(", ")) + Nearest.hint(name, known)
        + (Nearest.to(name, known).isEmpty() ? "; point --data or RUNNEL_DATA at its folder's parent" : ""));
  }

  private static Path inside(Path place, String name) {
    try {
      return place.resolve(name);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("dataset: a plain name expected, came '" + name + "'", e);
    }
  }

  private static @Nullable Path part(Path folder, String stem) {
    for (String suffix : TsReader.suffixes()) {
      Path file = folder.resolve(stem + suffix);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return null;
  }

  /** Loads a dataset by name. */
  public Dataset load(String name, BufferAllocator allocator, Storage storage) {
    Found found = find(name, List.of());
    return TsReader.read(allocator, name, found.train(), found.test(), storage);
  }

  /** Names of all datasets that can be loaded from the places, sorted. */
  public List<String> names() {
    TreeSet<String> names = new TreeSet<>();
    for (Path place : places) {
      if (!Files.isDirectory(place)) {
        continue;
      }
      try (Stream<Path> folders = Files.list(place)) {
        folders.map(folder -> String.valueOf(folder.getFileName()))
            .filter(name -> part(place.resolve(name), name + "_TRAIN") != null
                || part(place.resolve(name), name + "_PARTIAL") != null)
            .forEach(names::add);
      } catch (IOException e) {
        throw new IllegalArgumentException(place + ": cannot be listed: " + e.getMessage(), e);
      }
    }
    return List.copyOf(names);
  }
}
