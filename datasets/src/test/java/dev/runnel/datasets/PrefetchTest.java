package dev.runnel.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.Sequences.Strides;
import dev.runnel.datasets.generate.Adding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** What is read ahead is what is read in place, and is read once. */
class PrefetchTest {
  private static final int STEPS = 12;

  /** Notes who reads which row. */
  private record Watched(Sequences below, List<String> reads) implements Over {
    @Override
    public void read(int row, double[] into) {
      below.read(row, into);
    }

    @Override
    public void copyRow(int row, MemorySegment to, long byteOffset, long strideBytes, Precision precision) {
      reads.add(row + (Thread.currentThread().isDaemon() ? " ahead" : " now"));
      if (row == 7) {
        throw new IllegalArgumentException("row 7: no such thing");
      }
      below.copyRow(row, to, byteOffset, strideBytes, precision);
    }
  }

  @Test
  void bytesAreThoseOfReadingInPlace() {
    try (var allocator = new RootAllocator();
        var data = new Adding(3, 20, 5, STEPS).load(allocator, Storage.standard());
        var arena = Arena.ofShared()) {
      var reads = Collections.synchronizedList(new ArrayList<String>());
      var watched = new Watched(data, reads);
      var strides = Strides.rowMajor(STEPS, data.channels(), Precision.SINGLE);
      long bytes = 3 * strides.row();
      var expected = arena.allocate(bytes);
      var staging = arena.allocate(bytes);
      var batch = arena.allocate(bytes);
      try (var prefetch = new Prefetch(watched, STEPS)) {
        int[] next = {4, 0, 9};
        prefetch.begin(next, staging, strides);
        prefetch.copy(next, batch, strides);
        data.copyBatch(next, STEPS, expected, strides);
        assertThat(batch.mismatch(expected)).isEqualTo(-1);
        assertThat(reads).containsExactly("4 ahead", "0 ahead", "9 ahead");

        int[] other = {1, 2, 3}; // not what was read ahead
        prefetch.begin(next, staging, strides);
        prefetch.copy(other, batch, strides);
        data.copyBatch(other, STEPS, expected, strides);
        assertThat(batch.mismatch(expected)).isEqualTo(-1);
        assertThat(reads).endsWith("1 now", "2 now", "3 now");

        prefetch.copy(next, batch, strides); // and what was read ahead is not kept for later
        assertThat(reads).endsWith("4 now", "0 now", "9 now");

        prefetch.begin(new int[] {7}, staging, strides);
        assertThatThrownBy(() -> prefetch.copy(new int[] {7}, batch, strides))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("row 7: no such thing");
      }
    }
  }
}
