package dev.runnel.datasets;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Datasets converted to Arrow, each file named by the dataset and the SHA-256 of the files that it was made from: a
 * changed source is another name, and is converted anew.
 *
 * @param folder where the files lie
 */
record Converted(Path folder) {
  private static final Logger LOG = LoggerFactory.getLogger(Converted.class);
  private static final String VERSION = "runnel 1";
  private static final int DIGITS = 32;

  /** The dataset, mapped; read and converted first if it wasn't before. */
  Dataset load(Archive.Found found, BufferAllocator allocator, Storage storage) {
    String stem = found.name().replaceAll("[^A-Za-z0-9_-]", "_") + "-" + storage.precision() + "-";
    Path file = folder.resolve(stem + hash(found, storage).substring(0, DIGITS) + ArrowFile.SUFFIX);
    if (Files.isRegularFile(file)) {
      try {
        return within(ArrowFile.map(file), storage);
      } catch (IllegalArgumentException e) {
        LOG.warn("{}; converting anew", e.getMessage());
      }
    }
    Dataset data = found.read(allocator, storage);
    try {
      ArrowFile.write(data, file);
      forget(stem, file);
    } catch (IllegalArgumentException e) {
      LOG.warn("{}; the data will be read anew next time", e.getMessage());
    }
    return data;
  }

  private static Dataset within(Dataset data, Storage storage) {
    if (data.values() > storage.maxValues()) {
      data.close();
      throw new IllegalArgumentException("more than " + storage.maxValues() + " values, the limit for one dataset");
    }
    return data;
  }

  /** Deletes what was made from earlier versions of the files. */
  private void forget(String stem, Path kept) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> old = files.filter(f -> !f.equals(kept)
          && String.valueOf(f.getFileName()).matches("\\Q" + stem + "\\E[0-9a-f]{" + DIGITS + "}\\.arrow")).toList();
      for (Path file : old) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("{}: older conversions cannot be deleted: {}", folder, e.getMessage());
    }
  }

  private static String hash(Archive.Found found, Storage storage) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update((VERSION + " " + storage.precision()).getBytes(StandardCharsets.UTF_8));
      byte[] buffer = new byte[1 << 18];
      for (Path file : found.files()) {
        String head = "\n" + found.folder().relativize(file) + " " + Files.size(file) + "\n";
        digest.update(head.getBytes(StandardCharsets.UTF_8));
        try (InputStream in = Files.newInputStream(file)) {
          for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
            digest.update(buffer, 0, got);
          }
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new IllegalArgumentException(found.folder() + ": cannot be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
