package dev.runnel.datasets;

import dev.runnel.datasets.format.Format;
import dev.runnel.datasets.format.Formats;
import dev.runnel.datasets.format.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
 * Datasets found by name in folders: in {@code PLACE/NAME} either {@code NAME.arrow}, a converted dataset with all its
 * parts, or files of any bound {@link Format}: {@code NAME_TRAIN}, {@code NAME_TEST}, or {@code NAME_PARTIAL} without an
 * official split, and an ending, plain or with {@code .gz}. The first place that has the name wins; a TRAIN file may
 * come without a TEST file.
 *
 * @param places folders in the order in which they are searched; those that don't exist are passed over
 * @param converted where datasets are kept once converted, or null for reading the files anew each time
 */
public record Archive(List<Path> places, @Nullable Path converted) {
  /** Copies the list. */
  public Archive {
    places = List.copyOf(new LinkedHashSet<>(places));
  }

  /** Datasets in these folders, read anew each time. */
  public Archive(List<Path> places) {
    this(places, null);
  }

  /**
   * The files of one dataset.
   *
   * @param name the dataset's
   * @param folder where they lie
   * @param format what they are, or null for a converted dataset
   * @param train TRAIN, or the only part there is
   * @param validation the part that its makers meant for validation, where there is one
   * @param test TEST, where there is one
   * @param paperSplits {@code NAME_paper_splits.json}, where there is one
   */
  public record Found(String name, Path folder, @Nullable Format format, Path train, @Nullable Path validation,
      @Nullable Path test, @Nullable Path paperSplits) {
    /** All files that loading it reads. */
    public List<Path> files() {
      List<Path> files = new ArrayList<>();
      for (Path part : Arrays.asList(train, validation, test)) {
        if (part != null) {
          files.addAll(format == null ? List.of(part) : format.files(part));
        }
      }
      return files;
    }

    /** Reads the files. */
    public Dataset read(BufferAllocator allocator, Storage storage) {
      if (format == null) {
        return ArrowFile.map(train);
      }
      try (DatasetBuilder builder = new DatasetBuilder(allocator, name, storage)) {
        Layout layout = Layout.beside(train);
        format.append(train, builder, layout);
        if (validation != null) {
          builder.beginValidation();
          format.append(validation, builder, layout);
        }
        if (test != null) {
          builder.beginTest();
          format.append(test, builder, layout);
        }
        Origin origin = Layout.origin(folder);
        if (!origin.equals(Origin.UNSTATED)) {
          builder.origin(origin);
        }
        return builder.build();
      }
    }
  }

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
    Path cache = Path.of(System.getProperty("user.home", "."), ".cache", "runnel");
    places.add(cache);
    return new Archive(places, cache.resolve(".converted"));
  }

  /** Finds a dataset's files; {@code others} are names known from elsewhere, for the hint when there is none. */
  public Found find(String name, Collection<String> others) {
    if (name.isBlank() || name.startsWith(".") || name.contains("/") || name.contains("\\")) {
      throw new IllegalArgumentException("dataset: a plain name expected, came '" + name + "'");
    }
    List<Path> bare = new ArrayList<>();
    for (Path place : places) {
      Path folder = inside(place, name);
      Found found = in(folder, name);
      if (found != null) {
        return found;
      }
      if (Files.isDirectory(folder)) {
        bare.add(folder);
      }
    }
    if (!bare.isEmpty()) {
      throw new IllegalArgumentException("dataset " + name + ": " + name + "_TRAIN.ts or .ts.gz expected in "
          + bare.getFirst() + " (or another format's), came none");
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

  /** The dataset in a folder, or null. */
  private static @Nullable Found in(Path folder, String name) {
    if (!Files.isDirectory(folder)) {
      return null;
    }
    Path whole = folder.resolve(name + ArrowFile.SUFFIX);
    Path splits = folder.resolve(name + "_paper_splits.json");
    Path paper = Files.isRegularFile(splits) ? splits : null;
    if (Files.isRegularFile(whole)) {
      return new Found(name, folder, null, whole, null, null, paper);
    }
    for (Format format : Formats.standard().all()) {
      Path train = format.find(folder, name, Format.Part.TRAIN);
      Path test = format.find(folder, name, Format.Part.TEST);
      if (train != null) {
        return new Found(
            name, folder, format, train, format.find(folder, name, Format.Part.VALIDATION), test, paper);
      }
      Path partial = format.find(folder, name, Format.Part.PARTIAL);
      Path only = partial == null ? test : partial;
      if (only != null) {
        return new Found(name, folder, format, only, null, null, paper);
      }
    }
    return null;
  }

  /** Loads a dataset by name. */
  public Dataset load(String name, BufferAllocator allocator, Storage storage) {
    return load(find(name, List.of()), allocator, storage);
  }

  /** Loads what was found: mapped if it was converted before, else read, and converted if there is a place for it. */
  public Dataset load(Found found, BufferAllocator allocator, Storage storage) {
    return converted == null || found.format() == null ? found.read(allocator, storage)
        : new Converted(converted).load(found, allocator, storage);
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
            .filter(name -> !name.startsWith(".") && in(place.resolve(name), name) != null)
            .forEach(names::add);
      } catch (IOException e) {
        throw new IllegalArgumentException(place + ": cannot be listed: " + e.getMessage(), e);
      }
    }
    return List.copyOf(names);
  }
}
