package dev.runnel.ssm;

/**
 * The numbers from {@code low} to {@code high}, which may be infinite. Operations give a range that holds every
 * result of numbers in their operands, rounded outward: a bound steps to the next double where it was rounded.
 */
public record Range(double low, double high) {
  static final Range ALL = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  /** Checks the order. */
  public Range {
    if (!(low <= high)) {
      throw new IllegalArgumentException("range: low <= high expected, %s and %s came".formatted(low, high));
    }
  }

  /** {@code -size} to {@code size}. */
  public static Range within(double size) {
    return new Range(-size, size);
  }

  static Range of(double x) {
    return new Range(x, x);
  }

  /** The smallest range that holds both. */
  public Range hull(Range other) {
    return new Range(Math.min(low, other.low), Math.max(high, other.high));
  }

  public boolean holds(double x) {
    return low <= x && x <= high;
  }

  public boolean holds(Range other) {
    return low <= other.low && other.high <= high;
  }

  /** The largest absolute value. */
  public double size() {
    return Math.max(Math.abs(low), Math.abs(high));
  }

  /** The smallest absolute value. */
  public double least() {
    return holds(0) ? 0 : Math.min(Math.abs(low), Math.abs(high));
  }

  public boolean finite() {
    return Double.isFinite(low) && Double.isFinite(high);
  }

  double width() {
    return high - low;
  }

  /** A number between, where a range is best cut in two. */
  double middle() {
    if (finite()) {
      return low + (high - low) / 2;
    }
    if (low == Double.NEGATIVE_INFINITY && high == Double.POSITIVE_INFINITY) {
      return 0;
    }
    return low == Double.NEGATIVE_INFINITY ? Math.min(-1, 4 * high) : Math.max(1, 4 * low);
  }

  /** What both hold, of which they must have some. */
  Range and(Range other) {
    return new Range(Math.max(low, other.low), Math.min(high, other.high));
  }

  Range plus(Range o) {
    return new Range(sum(low, o.low, false), sum(high, o.high, true));
  }

  Range minus(Range o) {
    return plus(o.negated());
  }

  Range negated() {
    return new Range(-high, -low);
  }

  Range times(Range o) {
    double down = Double.POSITIVE_INFINITY;
    double up = Double.NEGATIVE_INFINITY;
    for (double a : new double[] {low, high}) {
      for (double b : new double[] {o.low, o.high}) {
        down = Math.min(down, product(a, b, false));
        up = Math.max(up, product(a, b, true));
      }
    }
    return new Range(down, up);
  }

  /** {@code x^2}, which is not the product of two independent numbers. */
  Range squared() {
    return new Range(product(least(), least(), false), product(size(), size(), true));
  }

  Range div(Range o) {
    return times(o.inverse());
  }

  private Range inverse() {
    if ((low < 0 && high > 0) || (low == 0 && high == 0)) {
      return ALL;
    }
    double down = high == 0 ? Double.NEGATIVE_INFINITY : 1 / high;
    double up = low == 0 ? Double.POSITIVE_INFINITY : 1 / low;
    return new Range(below(down, 1), above(up, 1));
  }

  /** Less by some units in the last place; infinities and zero stay. */
  static double below(double x, int ulps) {
    return x == 0 || Double.isInfinite(x) ? x : x - ulps * Math.ulp(x);
  }

  static double above(double x, int ulps) {
    return x == 0 || Double.isInfinite(x) ? x : x + ulps * Math.ulp(x);
  }

  private static double sum(double a, double b, boolean up) {
    double s = a + b;
    if (Double.isNaN(s)) {
      return up ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }
    if (Double.isInfinite(s)) {
      return overflowed(s, Double.isInfinite(a) || Double.isInfinite(b), up);
    }
    double part = s - a;
    double lost = (a - (s - part)) + (b - part);
    return rounded(s, lost, up);
  }

  private static double product(double a, double b, boolean up) {
    if (a == 0 || b == 0) {
      return 0;
    }
    double p = a * b;
    if (Double.isInfinite(p)) {
      return overflowed(p, Double.isInfinite(a) || Double.isInfinite(b), up);
    }
    boolean tiny = Math.abs(p) < 0x1p-960; // what was lost can't be told
    return tiny ? (up ? Math.nextUp(p) : Math.nextDown(p)) : rounded(p, Math.fma(a, b, -p), up);
  }

  private static double overflowed(double x, boolean exact, boolean up) {
    return exact || up == (x > 0) ? x : Math.copySign(Double.MAX_VALUE, x);
  }

  private static double rounded(double x, double lost, boolean up) {
    if (up) {
      return lost > 0 || Double.isNaN(lost) ? Math.nextUp(x) : x;
    }
    return lost < 0 || Double.isNaN(lost) ? Math.nextDown(x) : x;
  }

  @Override
  public String toString() {
    return "[%.4g, %.4g]".formatted(low, high);
  }
}
