package dev.runnel.datasets.format;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.Storage;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code .ts} files, plain or gzipped: comments and {@code @tags}, {@code @data}, then one case a line,
 * {@code v,v,...:v,v,...:label}, channels apart by colons, values by commas.
 *
 * <p>A stricter reader than the usual ones, so that what loads is what the file says: labels keep their case and must
 * be in the header's list; {@code @dimensions} and {@code @seriesLength} are checked; {@code ?} and {@code NaN} are
 * missing values only where they are the whole value; channels of a case agree in length, and all cases too unless
 * {@code @equalLength false} ({@code @seriesLength} is then the most that a case may have). Comments ({@code #},
 * {@code %}) and blank lines may stand anywhere, a byte order mark and CRLF line ends are accepted. Where the number of
 * channels isn't declared, the first case tells it, and its label may not hold a comma. With {@code @timeStamps true}
 * values are {@code (time,value)}, times all numbers or all ISO date-times (kept as seconds since 1970).
 *
 * <p>Values go straight to Arrow memory; what else is held does not grow with the file. Every fault is an
 * {@link IllegalArgumentException} of one line that begins with {@code file:line:}.
 */
public final class TsReader {
  private TsReader() {}

  /** Reads one file as a dataset without a TEST part. */
  public static Dataset read(BufferAllocator allocator, String name, Path file, Storage storage) {
    return read(allocator, name, file, null, storage);
  }

  /** Reads TRAIN, and TEST behind it, whose channels and classes must agree. */
  public static Dataset read(
      BufferAllocator allocator, String name, Path train, @Nullable Path test, Storage storage) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name, storage)) {
      append(train, builder);
      if (test != null) {
        builder.beginTest();
        append(test, builder);
      }
      return builder.build();
    }
  }

  /** Adds a file's cases to a dataset under construction. */
  public static void append(Path file, DatasetBuilder to) {
    long line = 0;
    ByteSource in = null;
    try {
      in = ByteSource.open(file);
      if (in.exhausted()) {
        throw new IllegalArgumentException("a .ts file expected, came an empty file");
      }
      TsHeader header = TsHeader.read(in);
      declare(header, to);
      in.skipLine();
      new TsCases(in, header, to).readAll();
    } catch (IllegalArgumentException e) {
      line = in == null ? 0 : in.line;
      throw new IllegalArgumentException(file + (line > 0 ? ":" + line : "") + ": " + e.getMessage(), e);
    } catch (OutOfMemoryException e) {
      throw new IllegalArgumentException(file + ": more memory needed than the allocator may give", e);
    } finally {
      if (in != null) {
        in.close();
      }
    }
  }

  private static void declare(TsHeader header, DatasetBuilder to) {
    int before = to.channels();
    if (before > 0 && header.channels() > 0 && header.channels() != before) {
      throw new IllegalArgumentException(
          before + " channels expected as in the part before, came @dimensions " + header.channels());
    }
    switch (header.target()) {
      case CLASS -> to.classes(header.classes());
      case NUMBER -> to.numbers();
      case NONE -> to.unlabelled();
    }
  }

  /** File endings that this reads. */
  public static List<String> suffixes() {
    return List.of(".ts", ".ts.gz");
  }
}
