package dev.runnel.experiments.weights;

import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * A safetensors file: texts and named arrays. Eight bytes of header length (little-endian), a JSON header of at most
 * 100,000,000 bytes, then the arrays without gaps. Written, the header ends on a multiple of eight bytes, wide types
 * stand in front of narrow ones and names in order of their UTF-8 bytes, so that every array is aligned and the same
 * content gives the same bytes.
 *
 * <p>Reading takes nothing on trust: whatever the format doesn't allow is an {@link IllegalArgumentException} of one
 * line, and no memory is taken on the word of a header.
 *
 * @param metadata texts by name
 * @param tensors arrays by name, in the order of the file
 */
public record SafeTensors(Map<String, String> metadata, SequencedMap<String, NamedTensor> tensors) {
  static final String METADATA = "__metadata__";
  static final int MAX_HEADER = 100_000_000;
  private static final String SUM = "sha256";
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Copies both maps. */
  public SafeTensors {
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
    metadata.forEach((key, value) -> {
      if (!NamedTensor.wellFormed(key) || !NamedTensor.wellFormed(value)) {
        throw new IllegalArgumentException(
            "metadata " + OneLine.quote(key) + ": text expected, came half a surrogate pair");
      }
    });
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
  }

  /** Puts arrays in the format's order; a name that comes twice is an error. */
  public static SafeTensors of(Map<String, String> metadata, Collection<NamedTensor> tensors) {
    List<NamedTensor> ordered = new ArrayList<>(tensors);
    ordered.sort(Comparator.comparing((NamedTensor t) -> rank(t.type()))
        .thenComparing(NamedTensor::name, HeaderWriter.UTF8));
    var byName = new LinkedHashMap<String, NamedTensor>();
    for (NamedTensor tensor : ordered) {
      if (byName.put(tensor.name(), tensor) != null) {
        throw new IllegalArgumentException("tensor " + OneLine.quote(tensor.name()) + ": comes a second time");
      }
    }
    return new SafeTensors(metadata, byName);
  }

  private static int rank(ElementType type) {
    return switch (type) {
      case F64 -> 0;
      case F32 -> 1;
      case I32 -> 2;
    };
  }

  /** The array of that name; there must be one. */
  public NamedTensor get(String name) {
    NamedTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("tensor " + OneLine.quote(name) + ": not in the file"
          + Nearest.hint(name, tensors.keySet()));
    }
    return tensor;
  }

  /** The same arrays with other texts. */
  public SafeTensors withMetadata(Map<String, String> other) {
    return new SafeTensors(other, tensors);
  }

  /** Writes the file in one step: a crash leaves the old one or the new one. */
  public void write(Path file) {
    AtomicFile.replace(file, parts());
  }

  /** The file's bytes: header, then each array. */
  private List<MemorySegment> parts() {
    SafeTensors ordered = of(metadata, tensors.values());
    var parts = new ArrayList<MemorySegment>();
    parts.add(MemorySegment.ofArray(HeaderWriter.header(ordered)));
    ordered.tensors.values().forEach(tensor -> parts.add(tensor.data()));
    return parts;
  }

  /** Adds a checksum over texts and arrays, which {@link #checkSum} looks for. */
  public SafeTensors withSum() {
    var texts = new TreeMap<>(metadata);
    texts.put(SUM, sum());
    return withMetadata(texts);
  }

  /** This file, once its checksum is known to be there and right. */
  public SafeTensors checkSum(Path file) {
    String stated = metadata.get(SUM);
    if (stated == null || !stated.equals(sum())) {
      throw new IllegalArgumentException(file + ": damaged, its checksum "
          + (stated == null ? "is missing" : "does not match its content"));
    }
    return this;
  }

  /** SHA-256 of the file as it would be written without a checksum. */
  private String sum() {
    var texts = new TreeMap<>(metadata);
    texts.remove(SUM);
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (MemorySegment part : withMetadata(texts).parts()) {
        long piece = 1L << 24;
        for (long at = 0; at < part.byteSize(); at += piece) {
          digest.update(part.asSlice(at, Math.min(piece, part.byteSize() - at)).asByteBuffer());
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("safetensors: this JDK has no SHA-256", e);
    }
  }

  /** Reads a file by mapping it; the arrays are read-only and stay readable when the file is replaced. */
  public static SafeTensors read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + ": a safetensors file expected, "
          + (Files.exists(file) ? "came a folder or a device" : "no such file"));
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return parse(file.toString(),
          channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto()));
    } catch (IOException e) {
      throw AtomicFile.failed(file, "read", e);
    }
  }

  /**
   * Reads bytes in the format.
   *
   * @param where what messages begin with
   * @param bytes the whole file; the arrays are views of it
   */
  public static SafeTensors parse(String where, MemorySegment bytes) {
    try {
      long size = bytes.byteSize();
      if (size < 8) {
        throw new IllegalArgumentException("8 bytes of header length expected, came a file of " + size);
      }
      long length = bytes.get(LENGTH, 0);
      if (length < 2 || length > MAX_HEADER) {
        throw new IllegalArgumentException("a header of 2 to " + MAX_HEADER + " bytes expected, came "
            + Long.toUnsignedString(length) + "; is it a safetensors file?");
      }
      if (length > size - 8) {
        throw new IllegalArgumentException("a header of " + length + " bytes expected, came a file of " + size
            + "; it is cut off or no safetensors file");
      }
      return HeaderReader.read(bytes.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE), bytes.asSlice(8 + length));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
    }
  }
}
