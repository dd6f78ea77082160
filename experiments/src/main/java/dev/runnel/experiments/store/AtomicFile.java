package dev.runnel.experiments.store;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * Writes a file so that a reader, or the next start after a crash, finds the old content or the new and nothing
 * between: a temporary file in the same folder, fsync, rename, fsync of the folder.
 */
public final class AtomicFile {
  /** How the names of temporary files end. */
  public static final String SUFFIX = ".tmp";

  private static final int PIECE = 1 << 24;

  private AtomicFile() {}

  /**
   * Replaces the file's content by these bytes, one part after the other.
   *
   * @throws DiskFull if there is no room for them; the old content is still there
   */
  public static void replace(Path file, List<MemorySegment> parts) {
    Path folder = folder(file);
    Path temporary = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + SUFFIX);
    try {
      try (FileChannel channel = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
        for (MemorySegment part : parts) {
          write(channel, part);
        }
        channel.force(true);
      }
      Files.move(temporary, file, ATOMIC_MOVE);
      force(folder);
    } catch (IOException e) {
      long bytes = parts.stream().mapToLong(MemorySegment::byteSize).sum();
      boolean full = DiskFull.is(e, folder, bytes);
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw full ? new DiskFull(file, bytes, e) : failed(file, "written", e);
    }
  }

  /** Replaces the file's content by this text in UTF-8. */
  public static void replace(Path file, String text) {
    replace(file, List.of(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8))));
  }

  /** Renames within a folder, in one step and for good. */
  public static void rename(Path from, Path to) {
    try {
      Files.move(from, to, ATOMIC_MOVE);
      force(folder(to));
    } catch (IOException e) {
      throw failed(to, "renamed from " + from.getFileName(), e);
    }
  }

  /** Makes renames, creations and deletions in a folder outlast a loss of power. */
  public static void force(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw failed(folder, "made durable", e);
    }
  }

  /** An I/O error as one line: the path, what could not be done, and why. */
  public static UncheckedIOException failed(Path path, String done, IOException cause) {
    String why = cause.getMessage() == null || cause.getMessage().equals(path.toString())
        ? cause.getClass().getSimpleName() : OneLine.of(cause);
    return new UncheckedIOException(path + ": cannot be " + done + ": " + why, cause);
  }

  static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + ": a file expected, came a root folder");
    }
    return parent;
  }

  private static void write(FileChannel channel, MemorySegment part) throws IOException {
    for (long at = 0; at < part.byteSize(); at += PIECE) {
      ByteBuffer piece = part.asSlice(at, Math.min(PIECE, part.byteSize() - at)).asByteBuffer();
      while (piece.hasRemaining()) {
        channel.write(piece);
      }
    }
  }
}
