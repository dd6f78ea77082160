package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * CIFAR-10's binary version: {@code data_batch_1.bin} to {@code data_batch_5.bin} and {@code test_batch.bin}, each
 * record a label and 1024 bytes of red, green and blue. A case is 1024 steps of three channels from 0 to 255.
 */
public final class CifarFormat implements Format {
  private static final List<String> CLASSES = List.of(
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
  private static final int PIXELS = 1024;

  @Override
  public String name() {
    return "cifar";
  }

  @Override
  public List<String> suffixes() {
    return List.of("_batch.bin", "_batch_1.bin");
  }

  @Override
  public @Nullable Path find(Path folder, String name, Part part) {
    for (Path place : List.of(folder, folder.resolve("cifar-10-batches-bin"))) {
      Path file = switch (part) {
        case TRAIN -> Format.plainOrZipped(place.resolve("data_batch_1.bin"));
        case TEST -> Format.plainOrZipped(place.resolve("test_batch.bin"));
        default -> null;
      };
      if (file != null) {
        return file;
      }
    }
    return null;
  }

  @Override
  public List<Path> files(Path file) {
    if (!String.valueOf(file.getFileName()).startsWith("data_batch_1")) {
      return List.of(file);
    }
    List<Path> files = new ArrayList<>();
    IntStream.rangeClosed(1, 5).mapToObj(i -> Format.plainOrZipped(file.resolveSibling("data_batch_" + i + ".bin")))
        .forEach(batch -> {
          if (batch == null) {
            throw new IllegalArgumentException(file + ": data_batch_1.bin to data_batch_5.bin expected beside it");
          }
          files.add(batch);
        });
    return files;
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    to.classes(CLASSES);
    files(file).forEach(batch -> Bytes.of(batch, in -> {
      byte[] pixels = new byte[PIXELS];
      for (int label = in.read(); label >= 0; label = in.read()) {
        for (int channel = 0; channel < 3; channel++) {
          in.readFully(pixels);
          for (byte pixel : pixels) {
            to.value(pixel & 0xff);
          }
          to.endChannel();
        }
        to.endCase(label);
      }
    }));
  }
}
