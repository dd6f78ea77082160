package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A kind of file. To add one, write a class and name it in
 * {@code META-INF/services/dev.runnel.datasets.format.Format}.
 */
public interface Format {
  /** What a file holds of its dataset. */
  enum Part {
    /** Rows to learn from. */
    TRAIN,
    /** Rows that the data's makers meant for validation. */
    VALIDATION,
    /** Rows to score. */
    TEST,
    /** All there is, without a split. */
    PARTIAL
  }

  /** What people call it. */
  String name();

  /** Endings of its files without {@code .gz}, which may always follow; empty when files are known by whole names. */
  List<String> suffixes();

  /**
   * The file of a part in a dataset's folder, or null: {@code NAME_TRAIN} and an ending by default.
   *
   * @param name the dataset's
   */
  default @Nullable Path find(Path folder, String name, Part part) {
    for (String suffix : suffixes()) {
      Path file = plainOrZipped(folder.resolve(name + "_" + part + suffix));
      if (file != null) {
        return file;
      }
    }
    return null;
  }

  /** Whether a file of that name is one of these. */
  default boolean reads(Path file) {
    String name = String.valueOf(file.getFileName());
    return suffixes().stream().anyMatch(suffix -> name.endsWith(suffix) || name.endsWith(suffix + ".gz"));
  }

  /** All files that reading this one touches, for noticing a change. */
  default List<Path> files(Path file) {
    return List.of(file);
  }

  /**
   * Adds a file's cases to a dataset under construction. Values go straight to Arrow memory. Every fault is an
   * {@link IllegalArgumentException} of one line that begins with the file.
   *
   * @param layout how a table is laid out, for formats that need telling; null for the format's usual one
   */
  void append(Path file, DatasetBuilder to, @Nullable Layout layout);

  /** The file, or the same with {@code .gz}, or null when neither is there. */
  static @Nullable Path plainOrZipped(Path file) {
    Path zipped = file.resolveSibling(file.getFileName() + ".gz");
    return Files.isRegularFile(file) ? file : Files.isRegularFile(zipped) ? zipped : null;
  }
}
