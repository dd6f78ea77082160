package dev.runnel.experiments.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A file could not be written because its disk, or the user's share of it, is full. {@link Retry} waits for room. */
public final class DiskFull extends UncheckedIOException {
  private static final long serialVersionUID = 1;
  private static final long UNKNOWN = -1;

  /** Says how much was to be written, and how much room there is. */
  public DiskFull(Path file, long bytes, IOException cause) {
    super("%s: room for %d bytes expected, %s (%s)".formatted(file, bytes, left(file), OneLine.of(cause)), cause);
  }

  /**
   * Whether that is why a write failed.
   *
   * @param folder where the file was to be
   * @param bytes that were to be written
   */
  static boolean is(IOException failure, Path folder, long bytes) {
    var why = OneLine.of(failure).toLowerCase(Locale.ROOT);
    long usable = usable(folder);
    return why.contains("no space left on device") || why.contains("quota exceeded")
        || (usable != UNKNOWN && usable < bytes); // the system's messages may be in another language
  }

  private static String left(Path file) {
    var folder = file.toAbsolutePath().getParent();
    long usable = folder == null ? UNKNOWN : usable(folder);
    return usable == UNKNOWN ? "the disk is full" : "the disk has %d left".formatted(usable);
  }

  private static long usable(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
