package dev.runnel.datasets.format;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A text file as a window of bytes that slides along it; gzip is recognised by its first two bytes, a byte order mark
 * is dropped. After {@link #fill} the window holds at least {@link #WINDOW} bytes from {@code at}, or all that is left,
 * which then ends in a newline. {@code bytes[limit]} is always a newline, so that a scan for one needs no other end.
 */
final class ByteSource implements AutoCloseable {
  /** The longest value, label or run of spaces, in bytes. */
  static final int WINDOW = 8192;

  private static final int MAX_LINE = 1 << 20;
  private static final long MAX_SKIPPED = 64L << 20;

  final byte[] bytes = new byte[(1 << 16) + 1];
  int at;
  int limit;
  long line = 1;
  private final InputStream in;
  private final boolean zipped;
  private boolean ended;
  private long skipped;

  private ByteSource(InputStream in, boolean zipped) {
    this.in = in;
    this.zipped = zipped;
    bytes[0] = '\n';
  }

  /** Opens a file. */
  static ByteSource open(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new IllegalArgumentException("a file expected, came a folder");
      }
      InputStream in = Files.newInputStream(file);
      try {
        byte[] magic = new byte[2];
        int got = in.readNBytes(magic, 0, 2);
        in.close();
        in = Files.newInputStream(file);
        boolean zipped = got == 2 && magic[0] == (byte) 0x1f && magic[1] == (byte) 0x8b;
        ByteSource source = new ByteSource(zipped ? new GZIPInputStream(in, 1 << 16) : in, zipped);
        source.fill();
        source.dropMark();
        return source;
      } catch (IOException | RuntimeException e) {
        in.close();
        throw e;
      }
    } catch (IOException e) {
      throw failure(e, true);
    }
  }

  private static IllegalArgumentException failure(IOException e, boolean zipped) {
    if (e instanceof NoSuchFileException) {
      return new IllegalArgumentException("no such file");
    }
    if (e instanceof AccessDeniedException) {
      return new IllegalArgumentException("may not be read");
    }
    if (zipped && e instanceof EOFException) {
      return new IllegalArgumentException("the gzip stream is cut short; fetch the file again");
    }
    if (e instanceof ZipException) {
      return new IllegalArgumentException("the gzip stream is damaged (" + e.getMessage() + "); fetch the file again");
    }
    return new IllegalArgumentException("cannot be read: " + e.getMessage());
  }

  private void dropMark() {
    if (limit >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf) {
      at = 3;
    }
  }

  /** Slides the window on, if fewer than {@link #WINDOW} bytes are left in it. */
  void fill() {
    if (ended || limit - at >= WINDOW) {
      return;
    }
    System.arraycopy(bytes, at, bytes, 0, limit - at);
    limit -= at;
    at = 0;
    int room = bytes.length - 1;
    try {
      while (limit < WINDOW) {
        int got = in.read(bytes, limit, room - limit);
        if (got < 0) {
          ended = true;
          if (limit > 0 && bytes[limit - 1] != '\n') {
            bytes[limit++] = '\n';
          }
          break;
        }
        limit += got;
      }
    } catch (IOException e) {
      throw failure(e, zipped);
    }
    bytes[limit] = '\n';
  }

  /** Whether all has been read. */
  boolean exhausted() {
    fill();
    return at == limit;
  }

  /** Passes the rest of the line, which counts towards the limit on what holds no data. */
  void skipLine() {
    for (;;) {
      int from = at;
      while (bytes[at] != '\n') {
        at++;
      }
      skipped += at - from + 1;
      if (skipped > MAX_SKIPPED) {
        throw new IllegalArgumentException(
            "more than " + (MAX_SKIPPED >> 20) + " MiB of comments and blank lines; not a data file?");
      }
      if (at < limit) {
        at++;
        line++;
        return;
      }
      fill();
      if (at == limit) {
        return;
      }
    }
  }

  /** The rest of the line as text without its end, which is not passed. */
  String restOfLine() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (;;) {
      int from = at;
      while (bytes[at] != '\n') {
        if (bytes[at] >= 0 && bytes[at] < ' ' && bytes[at] != '\t' && bytes[at] != '\r') {
          throw new IllegalArgumentException(
              "text expected, came byte 0x" + Integer.toHexString(256 + bytes[at]).substring(1));
        }
        at++;
      }
      text.write(bytes, from, at - from);
      skipped += at - from;
      if (text.size() > MAX_LINE) {
        throw new IllegalArgumentException("a header line is longer than " + (MAX_LINE >> 10) + " KiB");
      }
      if (at < limit) {
        return text.toString(StandardCharsets.UTF_8).strip();
      }
      fill();
      if (at == limit) {
        return text.toString(StandardCharsets.UTF_8).strip();
      }
    }
  }

  /** Bytes as text for a person: at most 40 characters, none of them a control character. */
  static String shown(byte[] bytes, int from, int to) {
    return shown(new String(bytes, from, Math.min(to - from, 200), StandardCharsets.UTF_8));
  }

  /** Text for a person: at most 40 characters, none of them a control character. */
  static String shown(String text) {
    String clean = text.strip().replaceAll("\\p{Cntrl}", "\u00b7");
    return clean.length() <= 40 ? clean : clean.substring(0, 40) + "...";
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw failure(e, zipped);
    }
  }
}
