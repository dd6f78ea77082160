package dev.runnel.datasets;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Labelled sequences as a trainer reads them: a {@link Dataset}, or a view over one that changes what is read
 * ({@link Standardise}, {@link TimeChannel}). Row {@code r} has {@code length(r)} steps of {@code channels()} values.
 *
 * <p>Everything but {@link #read} and {@link #source} has a default that asks the source. A view is {@link Over} what
 * it reads, and overrides only what it changes.
 */
public interface Sequences {
  /** The dataset below. */
  Dataset source();

  /**
   * Reads one row in time-major order, {@code into[t * channels() + c]}.
   *
   * @param into at least {@code length(row) * channels()} long; the rest is left alone
   */
  void read(int row, double[] into);

  /** The dataset's name. */
  default String name() {
    return source().name();
  }

  /** Number of rows. */
  default int size() {
    return source().size();
  }

  /** Values in one step. */
  default int channels() {
    return source().channels();
  }

  /** Steps of a row. */
  default int length(int row) {
    return source().length(row);
  }

  /** Steps of the longest row. */
  default int maxLength() {
    return source().maxLength();
  }

  /** What there is to predict. */
  default Target target() {
    return source().target();
  }

  /** Class names in the order of the labels; empty when the target isn't a class. */
  default List<String> classes() {
    return source().classes();
  }

  /** The row's class, an index into {@link #classes()}. */
  default int label(int row) {
    return source().label(row);
  }

  /** The row's number, when the target is one. */
  default double number(int row) {
    return source().number(row);
  }

  /** How many values are missing (NaN) in all rows. They are kept as they are: nothing is imputed. */
  default long missing() {
    return source().missing();
  }

  /**
   * Copies one row, {@code length(row)} steps of {@code channels()} values, step t at {@code byteOffset + t *
   * strideBytes}. What lies between the steps is left alone. Only the last conversion rounds.
   *
   * @param strideBytes bytes from one step to the next, at least {@code channels() * precision.bytes()}
   */
  default void copyRow(int row, MemorySegment to, long byteOffset, long strideBytes, Precision precision) {
    int channels = channels();
    int length = length(row);
    if (strideBytes < (long) channels * precision.bytes()) {
      throw new IllegalArgumentException("copyRow: stride of at least " + (long) channels * precision.bytes()
          + " bytes expected for " + channels + " channels, came " + strideBytes);
    }
    double[] values = new double[Math.multiplyExact(length, channels)];
    read(row, values);
    int at = 0;
    for (int t = 0; t < length; t++) {
      long step = byteOffset + t * strideBytes;
      if (precision == Precision.SINGLE) {
        for (int c = 0; c < channels; c++) {
          to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, step + 4L * c, (float) values[at++]);
        }
      } else {
        for (int c = 0; c < channels; c++) {
          to.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, step + 8L * c, values[at++]);
        }
      }
    }
  }

  /**
   * Copies rows into a batch of {@code steps} steps, row i at {@code i * strides.row()}, and writes zeros over the
   * steps behind a shorter row's end. Channels added as padding by a wider stride are left alone.
   */
  default void copyBatch(int[] rows, int steps, MemorySegment to, Strides strides) {
    long stepBytes = (long) channels() * strides.precision().bytes();
    for (int i = 0; i < rows.length; i++) {
      int length = length(rows[i]);
      if (length > steps) {
        throw new IllegalArgumentException("copyBatch: row " + rows[i] + " has " + length + " steps, the batch "
            + steps + "; make the batch as long as its longest row");
      }
      long base = i * strides.row();
      copyRow(rows[i], to, base, strides.step(), strides.precision());
      for (int t = length; t < steps; t++) {
        to.asSlice(base + t * strides.step(), stepBytes).fill((byte) 0);
      }
    }
  }

  /** Lengths of the given rows, in their order: the mask of a batch. */
  default int[] lengths(int[] rows) {
    int[] lengths = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      lengths[i] = length(rows[i]);
    }
    return lengths;
  }

  /** Labels of the given rows, in their order. */
  default int[] labels(int[] rows) {
    int[] labels = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      labels[i] = label(rows[i]);
    }
    return labels;
  }

  /**
   * Where a batch lies, in bytes.
   *
   * @param row from one row of the batch to the next
   * @param step from one time step to the next
   * @param precision width of a value
   */
  record Strides(long row, long step, Precision precision) {
    /** Rows one after another, steps of {@code channels} values (padding included). */
    public static Strides rowMajor(int steps, int channels, Precision precision) {
      long step = (long) channels * precision.bytes();
      return new Strides(steps * step, step, precision);
    }
  }
}
