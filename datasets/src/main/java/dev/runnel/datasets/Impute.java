package dev.runnel.datasets;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Fills missing values in, by a method that must be named.
 *
 * @param method how
 * @param mean each channel's mean over the rows fitted on, used where a method finds no value in the row
 */
@SuppressWarnings("ArrayRecordComponent")
public record Impute(Method method, double[] mean) {
  /** Where a missing value's stand-in comes from. */
  public enum Method {
    /** Zero. */
    ZERO,
    /** The channel's mean over the train rows. */
    MEAN,
    /** The channel's last value before it in the row, else the mean. */
    PREVIOUS,
    /** The straight line between the channel's neighbours in time, the nearest value at the ends, else the mean. */
    LINEAR
  }

  /** Copies and checks. */
  public Impute {
    mean = mean.clone();
    if (Arrays.stream(mean).anyMatch(m -> !Double.isFinite(m))) {
      throw new IllegalArgumentException("impute: finite means expected, came " + Arrays.toString(mean));
    }
  }

  /** Fits the means on these rows. */
  public static Impute fit(Method method, Sequences data, int[] rows) {
    return new Impute(method, Standardise.fit(data, rows).mean());
  }

  /** The data with all values there. */
  public Sequences over(Sequences data) {
    if (data.channels() != mean.length) {
      throw new IllegalArgumentException("impute: " + mean.length + " channels expected, came " + data.channels());
    }
    return new Filled(data, this);
  }

  /** The data with a further channel for each of its own: 1 where a value is there, 0 where it is missing. */
  public static Sequences masked(Sequences data, Sequences filled) {
    return new Masked(data, filled);
  }

  private record Filled(Sequences below, Impute by) implements Over {
    @Override
    public long missing() {
      return 0;
    }

    @Override
    public void read(int row, double[] into) {
      below.read(row, into);
      for (int c = 0; c < channels(); c++) {
        by.fill(into, below.length(row), channels(), c);
      }
    }
  }

  private record Masked(Sequences below, Sequences filled) implements Over {
    @Override
    public int channels() {
      return 2 * below.channels();
    }

    @Override
    public long missing() {
      return 0;
    }

    @Override
    public void read(int row, double[] into) {
      int narrow = below.channels();
      double[] raw = new double[below.length(row) * narrow];
      double[] whole = new double[raw.length];
      below.read(row, raw);
      filled.read(row, whole);
      for (int i = 0; i < raw.length; i++) {
        int at = i / narrow * 2 * narrow + i % narrow;
        into[at] = whole[i];
        into[at + narrow] = Double.isNaN(raw[i]) ? 0 : 1;
      }
    }
  }

  private void fill(double[] values, int length, int channels, int c) {
    int last = -1; // the last step that had a value
    for (int t = 0; t < length; t++) {
      if (Double.isNaN(values[t * channels + c])) {
        switch (method) {
          case ZERO -> values[t * channels + c] = 0;
          case MEAN -> values[t * channels + c] = mean[c];
          case PREVIOUS -> values[t * channels + c] = last < 0 ? mean[c] : values[last * channels + c];
          case LINEAR -> { }
        }
      } else {
        if (method == Method.LINEAR) {
          join(values, channels, c, last, t);
        }
        last = t;
      }
    }
    if (method == Method.LINEAR) {
      for (int t = last + 1; t < length; t++) {
        values[t * channels + c] = last < 0 ? mean[c] : values[last * channels + c];
      }
    }
  }

  private static void join(double[] values, int channels, int c, int from, int to) {
    double end = values[to * channels + c];
    double start = from < 0 ? end : values[from * channels + c];
    for (int t = from + 1; t < to; t++) {
      values[t * channels + c] = start + (end - start) * (t - from) / (to - from);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Impute i && method == i.method && Arrays.equals(mean, i.mean);
  }

  @Override
  public int hashCode() {
    return 31 * method.hashCode() + Arrays.hashCode(mean);
  }

  @Override
  public String toString() {
    return "Impute[" + method.name().toLowerCase(Locale.ROOT) + ", mean=" + Arrays.toString(mean) + "]";
  }
}
