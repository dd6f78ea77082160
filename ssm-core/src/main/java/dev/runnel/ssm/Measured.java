package dev.runnel.ssm;

import java.util.List;

/**
 * What the Jacobian of a scan was along real trajectories: values to draw. See {@link Scan.Trajectory#jacobian}.
 *
 * @param counts of steps and lanes by |J|: {@code counts[i]} from {@code i width} to before {@code (i + 1) width}, the
 *     last one and all above
 * @param width of a bin
 * @param largest |J|
 * @param above1 share of steps and lanes with {@code |J| > 1}
 * @param gradient {@code gradient[n]} is the root mean square, over rows and lanes, of the norm of {@code J_T
 *     J_(T-1) .. J_(T-n+1)}: how much of a gradient at a row's end arrives n steps before. As long as the shortest row.
 */
public record Measured(long[] counts, double width, double largest, double above1, double[] gradient) {
  private static final int BINS = 60;

  /** Bins of {@code |J|} from 0 to 1.5. */
  private static final double TOP = 1.5;

  /**
   * From the Jacobian's entries as a run gave them.
   *
   * @param entries row-major {@code (B, T, lanes)} each: one, or four {@code [0][0], [0][1], [1][0], [1][1]}
   * @param lengths steps of each of the B rows; what lies behind is left out
   */
  public static Measured of(List<double[]> entries, int steps, int... lengths) {
    int rows = lengths.length;
    var first = entries.getFirst();
    boolean blocks = entries.size() == 1 || entries.size() == 4;
    if (!blocks || (long) rows * steps == 0 || first.length % (rows * steps) != 0) {
      throw new IllegalArgumentException(
          "measured: 1 or 4 arrays of %d rows x %d steps x lanes expected, %d of %d numbers came"
              .formatted(rows, steps, entries.size(), first.length));
    }
    int lanes = first.length / (rows * steps);
    long[] counts = new long[BINS];
    double largest = 0;
    long above = 0;
    long all = 0;
    int shortest = steps;
    for (int b = 0; b < rows; b++) {
      if (lengths[b] < 0 || lengths[b] > steps) {
        throw new IllegalArgumentException(
            "measured: lengths from 0 to %d expected, %d came".formatted(steps, lengths[b]));
      }
      shortest = Math.min(shortest, lengths[b]);
      for (int i = b * steps * lanes; i < (b * steps + lengths[b]) * lanes; i++) {
        double size = norm(block(entries, i));
        int bin = Double.isNaN(size) ? BINS - 1 : (int) Math.min(BINS - 1, size / TOP * BINS);
        counts[bin]++;
        largest = Double.isNaN(size) ? size : Math.max(largest, size);
        above += size <= 1 ? 0 : 1;
        all++;
      }
    }
    double share = all == 0 ? 0 : (double) above / all;
    return new Measured(counts, TOP / BINS, largest, share, decay(entries, steps, lanes, lengths, shortest));
  }

  private static double[] decay(List<double[]> entries, int steps, int lanes, int[] lengths, int shortest) {
    double[] squares = new double[shortest + 1];
    for (int b = 0; b < lengths.length; b++) {
      for (int lane = 0; lane < lanes; lane++) {
        double[] product = {1, 0, 0, 1};
        squares[0] += 1;
        for (int n = 1; n <= shortest; n++) {
          product = times(product, block(entries, (b * steps + lengths[b] - n) * lanes + lane));
          double size = norm(product);
          squares[n] += size * size;
        }
      }
    }
    for (int n = 0; n < squares.length; n++) {
      squares[n] = Math.sqrt(squares[n] / ((double) lengths.length * lanes));
    }
    return squares;
  }

  /** A number as its multiple of the unit block. */
  private static double[] block(List<double[]> entries, int i) {
    double a = entries.getFirst()[i];
    return entries.size() == 1
        ? new double[] {a, 0, 0, a}
        : new double[] {a, entries.get(1)[i], entries.get(2)[i], entries.get(3)[i]};
  }

  private static double[] times(double[] a, double[] b) {
    return new double[] {
      a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]
    };
  }

  /** The largest singular value. */
  private static double norm(double[] m) {
    return (Math.hypot(m[0] + m[3], m[2] - m[1]) + Math.hypot(m[0] - m[3], m[1] + m[2])) / 2;
  }
}
