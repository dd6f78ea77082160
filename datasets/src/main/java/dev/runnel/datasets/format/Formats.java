package dev.runnel.datasets.format;

import dev.runnel.datasets.ArrowFile;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.Storage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The formats that are bound.
 *
 * @param all in the order in which they are tried
 */
public record Formats(List<Format> all) {
  private static final Formats STANDARD = new Formats(bound());

  /** Copies the list. */
  public Formats {
    all = List.copyOf(all);
  }

  /** Those that {@code META-INF/services} names on the class path. */
  public static Formats standard() {
    return STANDARD;
  }

  private static List<Format> bound() {
    List<Format> formats = new ArrayList<>();
    ServiceLoader.load(Format.class, Formats.class.getClassLoader()).forEach(formats::add);
    return formats;
  }

  /** The format of a file, known by its name. */
  public Format of(Path file) {
    return all.stream().filter(format -> format.reads(file)).findFirst().orElseThrow(() ->
        new IllegalArgumentException(file + (Files.exists(file) ? ": a file named like one of "
            + all.stream().flatMap(f -> f.suffixes().stream()).distinct().collect(Collectors.joining(", "))
            + " expected (or with .gz)" : ": no such file")));
  }

  /**
   * Reads one file or folder as a dataset without a TEST part, or a converted dataset with all its parts.
   *
   * @param layout of a table, or null for what a file beside the data says ({@link Layout#beside})
   */
  public Dataset read(BufferAllocator allocator, Path file, @Nullable Layout layout, Storage storage) {
    String name = String.valueOf(file.getFileName()).replaceFirst("(_TRAIN|_TEST|_PARTIAL)?(\\.[A-Za-z0-9]+){0,2}$", "");
    if (ArrowFormat.ours(file)) {
      return ArrowFile.map(file);
    }
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name.isBlank() ? "data" : name, storage)) {
      of(file).append(file, builder, layout == null ? Layout.beside(file) : layout);
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw told(file, e);
    }
  }

  /** A refusal that names the file, in one line of printable characters whatever the file holds. */
  private static IllegalArgumentException told(Path file, IllegalArgumentException e) {
    String message = String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", "?");
    return new IllegalArgumentException(message.startsWith(file.toString()) ? message : file + ": " + message, e);
  }
}
