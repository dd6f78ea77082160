package dev.runnel.datasets;

/**
 * An extra channel that tells the time: {@code t / T} for step t = 0, 1, ..., where T is the length of the longest row
 * of the data (so a step lasts as long in every row). Put it on after standardising: it isn't standardised.
 */
public enum TimeChannel {
  /** No extra channel. */
  NONE,
  /** The time is channel 0, the others move up by one. */
  FIRST,
  /** The time is the last channel. */
  LAST;

  /** The data with the time channel, or the data itself for {@link #NONE}. */
  public Sequences over(Sequences data) {
    return this == NONE ? data : new View(data, this == FIRST ? 0 : data.channels());
  }

  private record View(Sequences below, int at) implements Over {
    @Override
    public int channels() {
      return below.channels() + 1;
    }

    @Override
    public void read(int row, double[] into) {
      below.read(row, into);
      int narrow = below.channels();
      int wide = narrow + 1;
      double whole = below.maxLength();
      for (int t = below.length(row) - 1; t >= 0; t--) { // backwards: steps move up within one array
        int from = t * narrow;
        int to = t * wide;
        System.arraycopy(into, from + at, into, to + at + 1, narrow - at);
        System.arraycopy(into, from, into, to, at);
        into[to + at] = t / whole;
      }
    }
  }
}
