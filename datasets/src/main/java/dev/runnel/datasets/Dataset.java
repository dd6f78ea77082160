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
  /**
   * What is known of a dataset without reading its values.
   *
   * @param symbols what whole-number values stand for, in order; empty when values are measurements
   * @param validationRows rows behind the TRAIN part that its makers meant for validation, mostly 0
   */
  record Facts(String name, Precision precision, Target target, List<String> classes, List<String> symbols,
      int channels, int size, int trainRows, int validationRows, long missing, Origin origin) {
    Facts {
      classes = List.copyOf(classes);
      symbols = List.copyOf(symbols);
    }
  }

  /**
   * Where a dataset lies; {@code starts} holds one step index more than there are rows.
   *
   * @param free gives the memory back
   */
  record Columns(MemorySegment values, MemorySegment starts, MemorySegment targets, @Nullable MemorySegment times,
      Runnable free) {}

  private final Facts facts;
  private final int channels;
  private final int size;
  private final int maxLength;
  private final Columns columns;
  private final MemorySegment values;
  private final MemorySegment starts;
  private volatile boolean closed;
  private @Nullable String hash;

  Dataset(Facts facts, Columns columns) {
    this.facts = facts;
    this.channels = facts.channels();
    this.size = facts.size();
    this.columns = columns;
    this.values = columns.values();
    this.starts = columns.starts();
    int longest = 0;
    for (int row = 0; row < size; row++) {
      longest = Math.max(longest, (int) (start(row + 1) - start(row)));
    }
    this.maxLength = longest;
  }

  Facts facts() {
    return facts;
  }

  Columns columns() {
    return columns;
  }

  private long start(int row) {
    return starts.getAtIndex(ValueLayout.JAVA_LONG, row);
  }

  private void checkRow(int row) {
    if (closed) {
      throw new IllegalStateException("dataset " + name() + ": used after close");
    }
    if (row < 0 || row >= size) {
      throw new IllegalArgumentException(
          "dataset " + name() + ": a row in [0, " + size + ") expected, came " + row);
    }
  }

  @Override
  public Dataset source() {
    return this;
  }

  @Override
  public String name() {
    return facts.name();
  }

  @Override
  public int size() {
    return size;
  }

  /** Rows of the TRAIN part, which come first. Equal to {@link #size()} when there is no other part. */
  public int trainRows() {
    return facts.trainRows();
  }

  /** Rows behind the TRAIN part that the data's makers meant for validation, mostly 0; the rest is the TEST part. */
  public int validationRows() {
    return facts.validationRows();
  }

  /** Where the data come from. */
  public Origin origin() {
    return facts.origin();
  }

  /** What whole-number values stand for, in their order; empty when the values are measurements. */
  public List<String> symbols() {
    return facts.symbols();
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
    return start(size) * channels;
  }

  @Override
  public long missing() {
    return facts.missing();
  }

  /** Width of the stored values. */
  public Precision precision() {
    return facts.precision();
  }

  @Override
  public Target target() {
    return facts.target();
  }

  @Override
  public List<String> classes() {
    return facts.classes();
  }

  @Override
  public int label(int row) {
    checkRow(row);
    require(Target.CLASS);
    return columns.targets().getAtIndex(ValueLayout.JAVA_INT, row);
  }

  @Override
  public double number(int row) {
    checkRow(row);
    require(Target.NUMBER);
    return columns.targets().getAtIndex(ValueLayout.JAVA_DOUBLE, row);
  }

  /** The class of one step, or -1 where nothing is asked, when the target is {@link Target#STEPS}. */
  public int stepLabel(int row, int step) {
    checkRow(row);
    require(Target.STEPS);
    return columns.targets().getAtIndex(ValueLayout.JAVA_INT, start(row) + checkStep(row, step));
  }

  private void require(Target wanted) {
    if (facts.target() != wanted) {
      throw new IllegalStateException(
          "dataset " + name() + ": target " + wanted + " asked for, but its target is " + facts.target());
    }
  }

  /** Whether each step has a time stamp. */
  public boolean timed() {
    return columns.times() != null;
  }

  /** The step's time stamp as the file gives it: a number, or seconds since 1970 for a date. */
  public double time(int row, int step) {
    checkRow(row);
    MemorySegment times = columns.times();
    if (times == null) {
      throw new IllegalStateException("dataset " + name() + ": its steps have no time stamps");
    }
    return times.getAtIndex(ValueLayout.JAVA_DOUBLE, start(row) + checkStep(row, step));
  }

  private int checkStep(int row, int step) {
    if (step < 0 || step >= length(row)) {
      throw new IllegalArgumentException(
          "dataset " + name() + ": a step in [0, " + length(row) + ") expected for row " + row + ", came " + step);
    }
    return step;
  }

  /** One value; to read many, use {@link #read} or {@link #copyRow}. */
  public double value(int row, int step, int channel) {
    checkRow(row);
    checkStep(row, step);
    if (channel < 0 || channel >= channels) {
      throw new IllegalArgumentException(
          "dataset " + name() + ": a channel in [0, " + channels + ") expected, came " + channel);
    }
    return stored((start(row) + step) * channels + channel);
  }

  private double stored(long index) {
    return facts.precision() == Precision.DOUBLE
        ? values.getAtIndex(ValueLayout.JAVA_DOUBLE, index)
        : values.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }

  @Override
  public void read(int row, double[] into) {
    checkRow(row);
    long from = start(row) * channels;
    int count = Math.toIntExact((start(row + 1) - start(row)) * channels);
    if (facts.precision() == Precision.DOUBLE) {
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
    String head = precision() + " " + channels + " " + size + " " + trainRows() + " " + target() + " " + timed() + " "
        + String.join("\u0000", classes())
        + (validationRows() == 0 ? "" : "\u0000\u0000" + validationRows())
        + (symbols().isEmpty() ? "" : "\u0000\u0000\u0000" + String.join("\u0000", symbols())) + "\n";
    digest.update(head.getBytes(StandardCharsets.UTF_8));
    add(digest, starts, (size + 1) * 8L);
    add(digest, values, values() * precision().bytes());
    add(digest, columns.targets(), targetBytes());
    MemorySegment times = columns.times();
    if (times != null) {
      add(digest, times, start(size) * 8L);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private long targetBytes() {
    return switch (facts.target()) {
      case CLASS -> size * 4L;
      case NUMBER -> size * 8L;
      case STEPS -> start(size) * 4L;
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
    return name() + ": " + size + " rows of " + (minLength() == maxLength ? "" : minLength() + " to ") + maxLength
        + " steps x " + channels + " channels" + (classes().isEmpty() ? "" : ", " + classes().size() + " classes")
        + (missing() > 0 ? ", " + missing() + " values missing" : "");
  }

  /** Frees the memory. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      columns.free().run();
    }
  }
}
