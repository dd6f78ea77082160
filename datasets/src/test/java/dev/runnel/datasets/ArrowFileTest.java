package dev.runnel.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.format.ArrowFormat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is what is mapped, other readers see it, and damage is told in one line. */
class ArrowFileTest {
  @TempDir Path folder;
  private final RootAllocator allocator = new RootAllocator();

  @AfterEach
  void nothingLeaks() {
    assertThat(allocator.getAllocatedMemory()).isZero();
    allocator.close();
  }

  private Dataset data(Target target, Precision precision) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "d", Storage.standard().withPrecision(precision))) {
      builder.origin(new Origin("here", "CC0"));
      switch (target) {
        case CLASS -> builder.classes(List.of("x", "y"));
        case NUMBER -> builder.numbers();
        case STEPS -> builder.stepClasses(List.of("p", "q"));
        case NONE -> builder.unlabelled();
      }
      for (int row = 0; row < 5; row++) {
        if (row == 2) {
          builder.beginValidation();
        }
        if (row == 3) {
          builder.beginTest();
        }
        for (int channel = 0; channel < 3; channel++) {
          for (int t = 0; t <= row; t++) {
            builder.value(t * 0.5, row == 1 && channel == 1 ? Double.NaN : 100 * row + 10 * t + channel);
          }
          builder.endChannel();
        }
        switch (target) {
          case CLASS -> builder.endCase(row % 2);
          case NUMBER -> builder.endCase(row / 4.0);
          case STEPS -> {
            int[] labels = new int[row + 1];
            labels[row] = row % 3 - 1;
            builder.endCase(labels);
          }
          case NONE -> builder.endCase();
        }
      }
      return builder.build();
    }
  }

  @Test
  void whatIsMappedIsWhatWasWritten() {
    for (Target target : Target.values()) {
      for (Precision precision : Precision.values()) {
        Path file = folder.resolve(target + "-" + precision + ".arrow");
        try (Dataset data = data(target, precision)) {
          ArrowFile.write(data, file);
          try (Dataset mapped = ArrowFile.map(file)) {
            assertThat(mapped.facts()).isEqualTo(data.facts());
            assertThat(mapped.hash()).isEqualTo(data.hash());
            assertThat(mapped.time(4, 3)).isEqualTo(1.5);
            assertThat(mapped.value(4, 2, 1)).isEqualTo(421);
            assertThat(mapped.missing()).isEqualTo(2);
            assertThat(Card.of(mapped)).isEqualTo(Card.of(data));
          }
        }
      }
    }
    Dataset closed = ArrowFile.map(folder.resolve("CLASS-DOUBLE.arrow"));
    closed.close();
    assertThatThrownBy(() -> closed.label(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void arrowsOwnReaderSeesTheColumns() throws IOException {
    Path file = folder.resolve("d.arrow");
    try (Dataset data = data(Target.CLASS, Precision.DOUBLE)) {
      ArrowFile.write(data, file);
    }
    try (FileChannel channel = FileChannel.open(file); ArrowFileReader reader = new ArrowFileReader(channel, allocator)) {
      assertThat(reader.loadNextBatch()).isTrue();
      var root = reader.getVectorSchemaRoot();
      assertThat(root.getRowCount()).isEqualTo(5);
      assertThat(root.getVector("part").getObject(2)).hasToString("validation");
      assertThat(root.getVector("values").getObject(1)).hasToString("[[100.0,\"NaN\",102.0],[110.0,\"NaN\",112.0]]");
      assertThat(root.getVector("time").getObject(1)).hasToString("[0.0,0.5]");
    }
    assertThat(ArrowFormat.ours(file)).isTrue();
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "foreign", Storage.standard())) {
      new ArrowFormat().append(file, builder, null); // as if another program had written it
      try (Dataset data = builder.build()) {
        assertThat(data.classes()).containsExactly("x", "y");
        assertThat(data.value(4, 2, 1)).isEqualTo(421);
        assertThat(data.missing()).isEqualTo(2);
      }
    }
  }

  @Test
  void aChangedSourceIsConvertedAnew() throws IOException {
    Path source = Files.createDirectories(folder.resolve("s/d")).resolve("d_TRAIN.csv");
    Path cache = folder.resolve("cache");
    Archive archive = new Archive(List.of(folder.resolve("s")), cache);
    Files.writeString(source, "1,2,a\n3,4,b\n");
    String first;
    try (Dataset data = archive.load("d", allocator, Storage.standard())) {
      first = data.hash();
    }
    try (Dataset mapped = archive.load("d", allocator, Storage.standard())) {
      assertThat(mapped.hash()).isEqualTo(first);
      assertThat(allocator.getAllocatedMemory()).isZero(); // nothing was copied
    }
    Files.writeString(source, "1,2,a\n3,5,b\n");
    try (Dataset data = archive.load("d", allocator, Storage.standard())) {
      assertThat(data.value(1, 1, 0)).isEqualTo(5);
    }
    try (var files = Files.list(cache)) {
      List<Path> kept = files.toList();
      assertThat(kept).hasSize(1);
      Files.write(kept.getFirst(), new byte[] {1, 2, 3});
    }
    try (Dataset data = archive.load("d", allocator, Storage.standard())) {
      assertThat(data.value(1, 1, 0)).isEqualTo(5); // a damaged conversion is made again
    }
  }

  @Test
  void damageIsToldInOneLine() throws IOException {
    Path file = folder.resolve("d.arrow");
    try (Dataset data = data(Target.CLASS, Precision.DOUBLE)) {
      ArrowFile.write(data, file);
    }
    byte[] whole = Files.readAllBytes(file);
    Path damaged = folder.resolve("e.arrow");
    int refused = 0;
    for (int i = 0; i < 600; i++) {
      SplitMix random = new SplitMix(3, i);
      Files.write(damaged, i % 4 == 0 ? java.util.Arrays.copyOf(whole, random.nextInt(whole.length)) : whole);
      try (RandomAccessFile access = new RandomAccessFile(damaged.toFile(), "rw")) {
        for (int k = 0; k < 3 && access.length() > 0; k++) {
          access.seek(random.nextLong(access.length()));
          access.write(random.nextInt());
        }
      }
      try (Dataset data = ArrowFile.map(damaged)) {
        Card.of(data);
      } catch (IllegalArgumentException e) {
        refused++;
        assertThat(e.getMessage()).as("damage " + i).startsWith(damaged.toString()).doesNotContain("\n");
      }
    }
    assertThat(refused).isGreaterThan(150);
  }
}
