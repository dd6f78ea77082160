package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * MNIST's idx: {@code train-images-idx3-ubyte} with {@code train-labels-idx1-ubyte}, {@code t10k-...} likewise. A case
 * is an item of the first axis, read row after row as one channel; pixels keep their values.
 */
public final class IdxFormat implements Format {
  @Override
  public String name() {
    return "idx";
  }

  @Override
  public List<String> suffixes() {
    return List.of("-ubyte", ".idx");
  }

  @Override
  public @Nullable Path find(Path folder, String name, Part part) {
    return switch (part) {
      case TRAIN -> Format.plainOrZipped(folder.resolve("train-images-idx3-ubyte"));
      case TEST -> Format.plainOrZipped(folder.resolve("t10k-images-idx3-ubyte"));
      default -> null;
    };
  }

  @Override
  public List<Path> files(Path file) {
    Path labels = labels(file);
    return labels == null ? List.of(file) : List.of(file, labels);
  }

  private static @Nullable Path labels(Path file) {
    String name = String.valueOf(file.getFileName());
    String other = name.replace("images-idx3", "labels-idx1").replaceFirst("\\.gz$", "");
    return name.contains("images-idx3") ? Format.plainOrZipped(file.resolveSibling(other)) : null;
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    Path labels = labels(file);
    Bytes.of(file, in -> {
      Head head = Head.read(in);
      if (labels == null) {
        to.unlabelled();
        items(head, in, to, null, null);
      } else {
        to.classesAsFound();
        Bytes.of(labels, answers -> {
          Head other = Head.read(answers);
          if (other.items() != head.items() || other.values() != 1) {
            throw new IllegalArgumentException(head.items() + " labels expected, came " + other.items());
          }
          items(head, in, to, answers, other);
        });
      }
    });
  }

  private static void items(Head head, DataInputStream in, DatasetBuilder to, @Nullable DataInputStream answers,
      @Nullable Head other) throws IOException {
    for (int i = 0; i < head.items(); i++) {
      for (long k = 0; k < head.values(); k++) {
        to.value(head.value(in));
      }
      to.endChannel();
      if (answers == null || other == null) {
        to.endCase();
      } else {
        to.endCase(to.classIndex(String.valueOf((long) other.value(answers))));
      }
    }
  }

  /** Type, number of items, values of one. */
  private record Head(int type, int items, long values) {
    static Head read(DataInputStream in) throws IOException {
      int magic = in.readInt();
      int axes = magic & 0xff;
      if (magic >>> 16 != 0 || axes < 1 || axes > 8) {
        throw new IllegalArgumentException("an idx file expected, came the magic number " + magic);
      }
      int items = in.readInt();
      long values = 1;
      for (int i = 1; i < axes; i++) {
        int extent = in.readInt();
        if (extent < 1 || (values *= extent) > 1 << 28) {
          throw new IllegalArgumentException("axes of at least 1 and at most 2^28 values expected, came " + extent);
        }
      }
      if (items < 1) {
        throw new IllegalArgumentException("at least one item expected, came " + items);
      }
      return new Head(magic >>> 8 & 0xff, items, values);
    }

    double value(DataInputStream in) throws IOException {
      return switch (type) {
        case 0x08 -> in.readUnsignedByte();
        case 0x09 -> in.readByte();
        case 0x0b -> in.readShort();
        case 0x0c -> in.readInt();
        case 0x0d -> in.readFloat();
        case 0x0e -> in.readDouble();
        default -> throw new IllegalArgumentException(
            "an idx type of 8, 9 and 11 to 14 expected, came " + type);
      };
    }
  }
}
