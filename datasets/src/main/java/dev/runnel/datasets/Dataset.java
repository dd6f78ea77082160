package dev.runnel.datasets;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Labelled sequences in Arrow memory: values laid out {@code [row][step][channel]} without padding, rows of any
 * length, and for each row a class, a number or nothing.
 *
 * <p>Rows {@code [0, trainRows())} are the archive's TRAIN part, the rest its TEST part. Missing values are NaN; they
 * are counted and never filled in. The memory is off the heap: close the dataset when done. Reading is safe from any
 * number of threads until then.
 */
public final class Dataset implements Sequences, AutoCloseable {
  /** Columns of a dataset; {@code starts} holds one step index more than there are rows. */
  record Columns(Column values, Column starts, Column targets, @Nullable Column times) {}

  private final String name;
  private final int channels;
  private final int size;
  private final int trainRows;
  private final int maxLength;
  private final long missing;
  private final Precision precision;
  private final Target target;
  private final List<String> classes;
  private final Columns columns;
  private final MemorySegment values;
  private final MemorySegment starts;
  private volatile boolean closed;
  private @Nullable String hash;

  Dataset(String name, Precision precision, Target target, List<String> classes, int channels, int trainRows,
      long missing, Columns columns) {
    this.name = name;
    this.precision = precision;
    this.target = target;
    this.classes = List.copyOf(classes);
    this.channels = channels;
    this.trainRows = trainRows;
    this.missing = missing;
    this.columns = columns;
    this.values = columns.values().memory();
    this.starts = columns.starts().memory();
    this.size = Math.toIntExact(columns.starts().count() - 1);
    int longest = 0;
    for (int row = 0; row < size; row++) {
      longest = Math.max(longest, (int) (start(row + 1) - start(row)));
    }
    this.maxLength = longest;
  }

  private long start(int row) {
    return starts.getAtIndex(ValueLayout.JAVA_LONG, row);
  }

  private void checkRow(int row) {
    if (closed) {
      throw new IllegalStateException("dataset " + name + ": used after close");
    }
    if (row < 0 || row >= size) {
      throw new IllegalArgumentException(
          "dataset " + name + ": a row in [0, " + size + ") expected, came " + row);
    }
  }

  @Override
  public Dataset source() {
    return this;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return size;
  }

  /** Rows of the TRAIN part; the rows from here on are TEST. Equal to {@link #size()} when there is no TEST part. */
  public int trainRows() {
    return trainRows;
  }

  @Override
  public int channels() {
    return channels;
  }

  @Override
  public int length(int row) {
    checkRow(row);
    return (int) (start(row + 1) - start(row));
  }

  @Override
  public int maxLength() {
    return maxLength;
  }

  /** Steps of the shortest row. */
  public int minLength() {
    int shortest = maxLength;
    for (int row = 0; row < size; row++) {
      shortest = Math.min(shortest, length(row));
    }
    return shortest;
  }

  /** Values of all rows: steps times channels, summed. */
  public long values() {
    return columns.values().count();
  }

  @Override
  public long missing() {
    return missing;
  }

  /** Width of the stored values. */
  public Precision precision() {
    return precision;
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int label(int row) {
    checkRow(row);
    require(Target.CLASS);
    return columns.targets().memory().getAtIndex(ValueLayout.JAVA_INT, row);
  }

  @Override
  public double number(int row) {
    checkRow(row);
    require(Target.NUMBER);
    return columns.targets().memory().getAtIndex(ValueLayout.JAVA_DOUBLE, row);
  }

  private void require(Target wanted) {
    if (target != wanted) {
      throw new IllegalStateException(
          "dataset " + name + ": target " + wanted + " asked for, but its target is " + target);
    }
  }

  /** Whether each step has a time stamp. */
  public boolean timed() {
    return columns.times() != null;
  }

  /** The step's time stamp as the file gives it: a number, or seconds since 1970 for a date. */
  public double time(int row, int step) {
    checkRow(row);
    Column times = columns.times();
    if (times == null) {
      throw new IllegalStateException("dataset " + name + ": its steps have no time stamps");
    }
    return times.getDouble(start(row) + checkStep(row, step));
  }

  private int checkStep(int row, int step) {
    if (step < 0 || step >= length(row)) {
      throw new IllegalArgumentException(
          "dataset " + name + ": a step in [0, " + length(row) + ") expected for row " + row + ", came " + step);
    }
    return step;
  }

  /** One value; to read many, use {@link #read} or {@link #copyRow}. */
  public double value(int row, int step, int channel) {
    checkRow(row);
    checkStep(row, step);
    if (channel < 0 || channel >= channels) {
      throw new IllegalArgumentException(
          "dataset " + name + ": a channel in [0, " + channels + ") expected, came " + channel);
    }
    return stored((start(row) + step) * channels + channel);
  }

  private double stored(long index) {
    return precision == Precision.DOUBLE
        ? values.getAtIndex(ValueLayout.JAVA_DOUBLE, index)
        : values.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }

  @Override
  public void read(int row, double[] into) {
    checkRow(row);
    long from = start(row) * channels;
    int count = Math.toIntExact((start(row + 1) - start(row)) * channels);
    if (precision == Precision.DOUBLE) {
      MemorySegment.copy(values, ValueLayout.JAVA_DOUBLE, from * 8, into, 0, count);
    } else {
      for (int i = 0; i < count; i++) {
        into[i] = values.getAtIndex(ValueLayout.JAVA_FLOAT, from + i);
      }
    }
  }

  /**
   * Compares two rows by their values in order, a NaN after every number, a prefix before the longer row. The two
   * zeros are equal.
   */
  int compareRows(int a, int b) {
    long from = start(a) * channels;
    long other = start(b) * channels;
    long common = Math.min(length(a), length(b)) * (long) channels;
    for (long i = 0; i < common; i++) {
      double x = stored(from + i);
      double y = stored(other + i);
      if (x < y) {
        return -1;
      }
      if (x > y) {
        return 1;
      }
      if (x != y) {
        int byNan = Boolean.compare(Double.isNaN(x), Double.isNaN(y));
        if (byNan != 0) {
          return byNan;
        }
      }
    }
    return Integer.compare(length(a), length(b));
  }

  /**
   * SHA-256 of the decoded content, as hexadecimal digits: precision, channels, lengths, values, targets, class names,
   * time stamps and the size of the TRAIN part. The dataset's name and the file's formatting don't count.
   */
  public synchronized String hash() {
    checkRow(0);
    String known = hash;
    if (known == null) {
      known = digest();
      hash = known;
    }
    return known;
  }

  private String digest() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("dataset: this JDK has no SHA-256", e);
    }
    String head = precision + " " + channels + " " + size + " " + trainRows + " " + target + " " + timed() + " "
        + String.join("\u0000", classes) + "\n";
    digest.update(head.getBytes(StandardCharsets.UTF_8));
    add(digest, starts, (size + 1) * 8L);
    add(digest, values, columns.values().count() * precision.bytes());
    add(digest, columns.targets().memory(), size * targetWidth());
    Column times = columns.times();
    if (times != null) {
      add(digest, times.memory(), times.count() * 8L);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private long targetWidth() {
    return switch (target) {
      case CLASS -> 4;
      case NUMBER -> 8;
      case NONE -> 0;
    };
  }

  private static void add(MessageDigest digest, MemorySegment memory, long bytes) {
    long piece = 1L << 24;
    for (long at = 0; at < bytes; at += piece) {
      digest.update(memory.asSlice(at, Math.min(piece, bytes - at)).asByteBuffer());
    }
  }

  @Override
  public String toString() {
    return name + ": " + size + " rows of " + (minLength() == maxLength ? "" : minLength() + " to ") + maxLength
        + " steps x " + channels + " channels" + (target == Target.CLASS ? ", " + classes.size() + " classes" : "")
        + (missing > 0 ? ", " + missing + " values missing" : "");
  }

  /** Frees the memory. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      columns.values().close();
      columns.starts().close();
      columns.targets().close();
      Column times = columns.times();
      if (times != null) {
        times.close();
      }
    }
  }
}
