package dev.runnel.datasets;

/**
 * How a dataset is kept, and how much of it at most.
 *
 * @param precision width of the stored values
 * @param maxValues the most values (cases x steps x channels) that are taken before reading stops with an error, so
 *     that a hostile or mistaken file cannot exhaust the memory
 */
public record Storage(Precision precision, long maxValues) {
  /** Checks the limit. */
  public Storage {
    if (maxValues < 1) {
      throw new IllegalArgumentException("storage: maxValues must be positive, came " + maxValues);
    }
  }

  /** Doubles, at most 2^28 of them (2 GiB). */
  public static Storage standard() {
    return new Storage(Precision.DOUBLE, 1L << 28);
  }

  /** The same limit, another width. */
  public Storage withPrecision(Precision other) {
    return new Storage(other, maxValues);
  }

  /** The same width, another limit. */
  public Storage withMaxValues(long other) {
    return new Storage(precision, other);
  }
}
