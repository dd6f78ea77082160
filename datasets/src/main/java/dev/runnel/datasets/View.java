package dev.runnel.datasets;

import java.util.Arrays;

/**
 * Views over sequences that need no fitting: what they change is said by their arguments alone.
 */
public final class View {
  private View() {}

  /** The data without some channels, the others in their order. */
  public static Sequences without(Sequences data, int... dropped) {
    for (int channel : dropped) {
      if (channel < 0 || channel >= data.channels()) {
        throw new IllegalArgumentException(
            "without: a channel in [0, " + data.channels() + ") expected, came " + channel);
      }
    }
    int[] kept = new int[data.channels()];
    int count = 0;
    for (int c = 0; c < kept.length; c++) {
      int channel = c;
      if (Arrays.stream(dropped).noneMatch(d -> d == channel)) {
        kept[count++] = c;
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException("without: at least one channel must stay");
    }
    return new Channels(data, Arrays.copyOf(kept, count));
  }

  /**
   * What the LrcSSM loader does: it drops channel 0 of every dataset as if it were the time. Where the time was not put
   * there before, this takes away a real channel.
   */
  public static Sequences dropFirstChannel(Sequences data) {
    if (data.channels() < 2) {
      throw new IllegalArgumentException("dropFirstChannel: at least 2 channels expected, came " + data.channels());
    }
    return without(data, 0);
  }

  /** Rows resampled to so many steps by straight lines; first and last step stay. A missing value spreads. */
  public static Sequences resample(Sequences data, int steps) {
    return new Lengthened(data, atLeastOne("resample", steps), (from, length, to, channels) -> {
      for (int t = 0; t < steps; t++) {
        double at = steps == 1 ? (length - 1) / 2.0 : t * (length - 1.0) / (steps - 1);
        interpolate(from, length, channels, at, to, t * channels);
      }
    });
  }

  /** Linear interpolation of a row at a fractional step. */
  static void interpolate(double[] from, int length, int channels, double at, double[] to, int offset) {
    int left = (int) Math.min(Math.floor(at), length - 1);
    int right = Math.min(left + 1, length - 1);
    double share = at - left;
    for (int c = 0; c < channels; c++) {
      double a = from[left * channels + c];
      to[offset + c] = share == 0 ? a : a + share * (from[right * channels + c] - a);
    }
  }

  /** The middle of rows that are longer than so many steps. */
  public static Sequences crop(Sequences data, int steps) {
    atLeastOne("crop", steps);
    return new Cropped(data, steps);
  }

  /** Shorter rows filled up with zeros to so many steps, which are then steps like any other: there is no mask. */
  public static Sequences pad(Sequences data, int steps) {
    if (data.maxLength() > atLeastOne("pad", steps)) {
      throw new IllegalArgumentException("pad: at least " + data.maxLength() + " steps expected, the longest row, came "
          + steps + "; crop first?");
    }
    return new Lengthened(data, steps, (from, length, to, channels) -> {
      System.arraycopy(from, 0, to, 0, length * channels);
      Arrays.fill(to, length * channels, steps * channels, 0);
    });
  }

  /**
   * Patches: so many steps in a row become one of as many times the channels, in order of time; the last one is filled
   * up with zeros.
   */
  public static Sequences patches(Sequences data, int steps) {
    return atLeastOne("patches", steps) == 1 ? data : new Patches(data, steps);
  }

  /** Each symbol as a channel that is 1 where it stands; the data must have symbols. */
  public static Sequences oneHot(Sequences data) {
    if (data.source().symbols().isEmpty() || data.channels() != 1) {
      throw new IllegalArgumentException("oneHot: one channel of symbols expected, " + data.name() + " has "
          + data.channels() + " of measurements");
    }
    return new OneHot(data, data.source().symbols().size());
  }

  private static int atLeastOne(String what, int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException(what + ": at least 1 step expected, came " + steps);
    }
    return steps;
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Channels(Sequences below, int[] kept) implements Over {
    @Override
    public int channels() {
      return kept.length;
    }

    @Override
    public void read(int row, double[] into) {
      double[] all = new double[below.length(row) * below.channels()];
      below.read(row, all);
      for (int t = 0; t < below.length(row); t++) {
        for (int k = 0; k < kept.length; k++) {
          into[t * kept.length + k] = all[t * below.channels() + kept[k]];
        }
      }
    }
  }

  /** Changes one row of {@code length} steps into one of the view's. */
  private interface Change {
    void of(double[] from, int length, double[] to, int channels);
  }

  private record Lengthened(Sequences below, int steps, Change change) implements Over {
    @Override
    public int length(int row) {
      return steps;
    }

    @Override
    public int maxLength() {
      return steps;
    }

    @Override
    public void read(int row, double[] into) {
      double[] all = new double[below.length(row) * below.channels()];
      below.read(row, all);
      change.of(all, below.length(row), into, below.channels());
    }
  }

  private record Cropped(Sequences below, int steps) implements Over {
    @Override
    public int length(int row) {
      return Math.min(steps, below.length(row));
    }

    @Override
    public int maxLength() {
      return Math.min(steps, below.maxLength());
    }

    @Override
    public void read(int row, double[] into) {
      double[] all = new double[below.length(row) * below.channels()];
      below.read(row, all);
      int from = (below.length(row) - length(row)) / 2;
      System.arraycopy(all, from * below.channels(), into, 0, length(row) * below.channels());
    }
  }

  private record Patches(Sequences below, int steps) implements Over {
    @Override
    public int channels() {
      return below.channels() * steps;
    }

    @Override
    public int length(int row) {
      return (below.length(row) + steps - 1) / steps;
    }

    @Override
    public int maxLength() {
      return (below.maxLength() + steps - 1) / steps;
    }

    @Override
    public void read(int row, double[] into) {
      below.read(row, into);
      Arrays.fill(into, below.length(row) * below.channels(), length(row) * channels(), 0);
    }
  }

  private record OneHot(Sequences below, int symbols) implements Over {
    @Override
    public int channels() {
      return symbols;
    }

    @Override
    public void read(int row, double[] into) {
      double[] values = new double[below.length(row)];
      below.read(row, values);
      Arrays.fill(into, 0, values.length * symbols, 0);
      for (int t = 0; t < values.length; t++) {
        into[t * symbols + (int) values[t]] = 1;
      }
    }
  }
}
