package dev.runnel.datasets.format;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * A text file line by line, gzip or not. {@code bytes} holds the line at hand, {@code length} bytes without its end,
 * and a newline behind them; only one line is held.
 */
final class Lines implements AutoCloseable {
  private static final int MAX = 256 << 20;

  byte[] bytes = new byte[1 << 12];
  int length;
  private final ByteSource in;
  private long number;

  private Lines(ByteSource in) {
    this.in = in;
  }

  /** What is done with the lines of a file. */
  @FunctionalInterface
  interface Use {
    void with(Lines lines);
  }

  /** Opens a file, and puts the file's name and the line's number in front of what goes wrong. */
  static void of(Path file, Use use) {
    Lines open = null;
    try (ByteSource in = ByteSource.open(file); Lines lines = new Lines(in)) {
      open = lines;
      use.with(lines);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + place(open) + ": " + e.getMessage(), e);
    } catch (OutOfMemoryException e) {
      throw new IllegalArgumentException(file + ": more memory needed than the allocator may give", e);
    }
  }

  private static String place(@Nullable Lines lines) {
    return lines == null || lines.number == 0 ? "" : ":" + lines.number;
  }

  /** Opens a file for reading beside others; the caller closes it. */
  static Lines open(Path file) {
    return new Lines(ByteSource.open(file));
  }

  /** Goes to the next line; false at the end. */
  boolean next() {
    length = 0;
    if (in.exhausted()) {
      return false;
    }
    number++;
    for (;;) {
      int from = in.at;
      while (in.bytes[in.at] != '\n') {
        in.at++;
      }
      take(from);
      if (in.at < in.limit) {
        in.at++;
        break;
      }
      in.fill();
      if (in.at == in.limit) {
        break;
      }
    }
    if (length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    bytes[length] = '\n';
    return true;
  }

  private void take(int from) {
    int more = in.at - from;
    if (length + more + 1 > bytes.length) {
      if (length + more > MAX) {
        throw new IllegalArgumentException("a line is longer than " + (MAX >> 20) + " MiB");
      }
      bytes = Arrays.copyOf(bytes, Math.max(length + more + 1, (int) Math.min(2L * bytes.length, MAX + 64L)));
    }
    System.arraycopy(in.bytes, from, bytes, length, more);
    length += more;
  }

  /** Goes to the next line that isn't blank. */
  boolean nextFilled() {
    while (next()) {
      if (!blank()) {
        return true;
      }
    }
    return false;
  }

  boolean blank() {
    for (int i = 0; i < length; i++) {
      if (bytes[i] > ' ' || bytes[i] < 0) {
        return false;
      }
    }
    return true;
  }

  /** Part of the line as text. */
  String text(int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  String text() {
    return text(0, length);
  }

  @Override
  public void close() {
    in.close();
  }
}
