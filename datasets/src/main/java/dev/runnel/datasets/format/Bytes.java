package dev.runnel.datasets.format;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.arrow.memory.OutOfMemoryException;

/** A binary file from front to back, gzip or not. */
final class Bytes {
  private Bytes() {}

  /** What is done with a file's bytes. */
  @FunctionalInterface
  interface Use {
    void with(DataInputStream in) throws IOException;
  }

  /** Opens a file, and puts its name in front of what goes wrong. */
  static void of(Path file, Use use) {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      raw.mark(2);
      boolean zipped = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      try (DataInputStream in = new DataInputStream(
          zipped ? new BufferedInputStream(new GZIPInputStream(raw, 1 << 16), 1 << 16) : raw)) {
        use.with(in);
      }
    } catch (EOFException e) {
      throw new IllegalArgumentException(file + ": more bytes expected; is the file cut short?", e);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(file + ": no such file", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": cannot be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (OutOfMemoryException e) {
      throw new IllegalArgumentException(file + ": more memory needed than the allocator may give", e);
    }
  }
}
