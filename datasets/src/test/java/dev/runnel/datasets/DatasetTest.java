package dev.runnel.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a dataset holds is what was put in, wherever it is copied to; and its memory is given back. */
class DatasetTest {
  private final RootAllocator allocator = new RootAllocator();

  @AfterEach
  void nothingLeaks() {
    assertThat(allocator.getAllocatedMemory()).isZero();
    allocator.close();
  }

  /** Three rows of 2, 1 and 3 steps of 2 channels: value = 100 row + 10 step + channel, one missing. */
  private Dataset small(Precision precision) {
    try (DatasetBuilder builder = builder(precision)) {
      return builder.build();
    }
  }

  private DatasetBuilder builder(Precision precision) {
    DatasetBuilder builder = new DatasetBuilder(allocator, "small", Storage.standard().withPrecision(precision));
    builder.classes(List.of("x", "y"));
    builder.add(new double[] {0, 1, 10, 11}, 2, 0);
    builder.add(new double[] {100, 101}, 2, 1);
    builder.beginTest();
    builder.add(new double[] {200, 201, 210, Double.NaN, 220, 221}, 2, 1);
    return builder;
  }

  @Test
  void factsAreThoseOfTheCases() {
    for (Precision precision : Precision.values()) {
      try (Dataset data = small(precision)) {
        assertThat(data.size()).isEqualTo(3);
        assertThat(data.trainRows()).isEqualTo(2);
        assertThat(data.channels()).isEqualTo(2);
        assertThat(data.lengths(new int[] {2, 0, 1})).containsExactly(3, 2, 1);
        assertThat(data.maxLength()).isEqualTo(3);
        assertThat(data.minLength()).isEqualTo(1);
        assertThat(data.values()).isEqualTo(12);
        assertThat(data.missing()).isEqualTo(1);
        assertThat(data.value(2, 2, 1)).isEqualTo(221);
        assertThat(data.value(2, 1, 1)).isNaN();
        assertThat(data.timed()).isFalse();
        assertThat(data).hasToString("small: 3 rows of 1 to 3 steps x 2 channels, 2 classes, 1 values missing");
      }
    }
  }

  @Test
  void rowsAreCopiedWithStrideAndWidth() {
    try (Dataset data = small(Precision.DOUBLE); Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(256);
      to.fill((byte) 0xff);
      data.copyRow(0, to, 16, 16, Precision.SINGLE);
      assertThat(to.getAtIndex(ValueLayout.JAVA_FLOAT, 4)).isEqualTo(0);
      assertThat(to.getAtIndex(ValueLayout.JAVA_FLOAT, 5)).isEqualTo(1);
      assertThat(to.getAtIndex(ValueLayout.JAVA_INT, 6)).isEqualTo(-1); // padding is left alone
      assertThat(to.getAtIndex(ValueLayout.JAVA_FLOAT, 8)).isEqualTo(10);
      assertThat(to.getAtIndex(ValueLayout.JAVA_FLOAT, 9)).isEqualTo(11);
      data.copyRow(2, to, 0, 24, Precision.DOUBLE);
      assertThat(to.getAtIndex(ValueLayout.JAVA_DOUBLE, 3)).isEqualTo(210);
      assertThat(to.getAtIndex(ValueLayout.JAVA_DOUBLE, 4)).isNaN();
      assertThatThrownBy(() -> data.copyRow(0, to, 0, 4, Precision.SINGLE))
          .hasMessage("copyRow: stride of at least 8 bytes expected for 2 channels, came 4");
      assertThatThrownBy(() -> data.copyRow(2, to, 250, 8, Precision.SINGLE))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void batchesAreZeroBehindTheEndOfARow() {
    try (Dataset data = small(Precision.SINGLE); Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(4 * 4 * 3 * 3, 8);
      to.fill((byte) 0xff);
      data.copyBatch(new int[] {1, 2}, 3, to, Sequences.Strides.rowMajor(3, 3, Precision.SINGLE));
      float[] values = to.toArray(ValueLayout.JAVA_FLOAT);
      assertThat(new float[] {values[0], values[1], values[3], values[4], values[6], values[7]})
          .containsExactly(100, 101, 0, 0, 0, 0);
      assertThat(to.getAtIndex(ValueLayout.JAVA_INT, 2)).isEqualTo(-1);
      assertThat(values[9]).isEqualTo(200);
      assertThat(values[15]).isEqualTo(220);
      to.fill((byte) 0xff); // time-major: step t of row i at 32 t + 8 i
      data.copyBatch(new int[] {1, 2}, 3, to, new Sequences.Strides(8, 32, Precision.SINGLE));
      float[] timeMajor = to.toArray(ValueLayout.JAVA_FLOAT);
      assertThat(new float[] {timeMajor[0], timeMajor[2], timeMajor[8], timeMajor[10], timeMajor[16], timeMajor[18]})
          .containsExactly(100, 200, 0, 210, 0, 220);
      assertThatThrownBy(() -> data.copyBatch(new int[] {2}, 2, to,
          Sequences.Strides.rowMajor(2, 2, Precision.SINGLE))).hasMessageContaining("row 2 has 3 steps, the batch 2");
    }
  }

  @Test
  void theHashIsThatOfTheContent() {
    try (Dataset one = small(Precision.DOUBLE); Dataset same = small(Precision.DOUBLE);
        DatasetBuilder more = builder(Precision.DOUBLE)) {
      more.add(new double[] {1, 2}, 2, 0);
      try (Dataset other = more.build()) {
        assertThat(one.hash()).matches("[0-9a-f]{64}").isEqualTo(same.hash()).isNotEqualTo(other.hash());
      }
    }
  }

  @Test
  void useAfterCloseAndRowsOutsideAreErrors() {
    Dataset data = small(Precision.DOUBLE);
    assertThatThrownBy(() -> data.length(3)).hasMessage("dataset small: a row in [0, 3) expected, came 3");
    assertThatThrownBy(() -> data.value(0, 2, 0)).hasMessageContaining("a step in [0, 2) expected");
    assertThatThrownBy(() -> data.value(0, 0, 2)).hasMessageContaining("a channel in [0, 2) expected");
    assertThatThrownBy(() -> data.number(0)).isInstanceOf(IllegalStateException.class);
    data.close();
    data.close();
    assertThatThrownBy(() -> data.length(0))
        .isInstanceOf(IllegalStateException.class).hasMessageContaining("after close");
  }

  @Test
  void builderRefusesWhatDoesNotFit() {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "d", Storage.standard())) {
      assertThatThrownBy(builder::build).isInstanceOf(IllegalStateException.class);
      builder.classes(List.of("x"));
      assertThatThrownBy(builder::build).hasMessage("dataset d: at least one case expected, came none");
      builder.add(new double[] {1, 2}, 2, 0);
      assertThatThrownBy(() -> builder.add(new double[] {1, 2, 3}, 3, 0)).hasMessage("2 channels expected, came 3");
    }
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "d", Storage.standard())) {
      builder.numbers();
      assertThatThrownBy(builder::endChannel).hasMessage("channel 0 is empty");
      assertThatThrownBy(() -> builder.classes(List.of("x"))).hasMessageContaining("target NUMBER expected");
      builder.value(1);
      builder.endChannel();
      assertThatThrownBy(() -> builder.endCase(0)).isInstanceOf(IllegalStateException.class);
    }
    assertThatThrownBy(() -> Storage.standard().withMaxValues(0)).hasMessageContaining("must be positive");
  }

  @Test
  void growingKeepsEveryValue() {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "grown", Storage.standard())) {
      builder.unlabelled();
      for (int row = 0; row < 500; row++) {
        for (int c = 0; c < 3; c++) {
          for (int t = 0; t <= row; t++) {
            builder.value(row + 1e-3 * t + 1e-6 * c);
          }
          builder.endChannel();
        }
        builder.endCase();
      }
      try (Dataset data = builder.build()) {
        for (int row = 0; row < 500; row += 7) {
          assertThat(data.length(row)).isEqualTo(row + 1);
          assertThat(data.value(row, row, 2)).isEqualTo(row + 1e-3 * row + 2e-6);
          assertThat(data.value(row, row / 2, 1)).isEqualTo(row + 1e-3 * (row / 2) + 1e-6);
        }
        assertThat(allocator.getAllocatedMemory()).isLessThan(data.values() * 8 * 2);
      }
    }
  }
}
