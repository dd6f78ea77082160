package dev.runnel.datasets;

import dev.runnel.datasets.motion.Rotations;
import java.util.BitSet;
import java.util.function.IntSupplier;

/**
 * Random changes of train rows, drawn anew each epoch; the draw depends on seed, epoch and row alone. Other rows are
 * read as they are. In order: the time is warped, triples of channels are rotated, channels are scaled, noise is added.
 *
 * @param jitter deviation of the noise added to each value, in units of the data
 * @param scale deviation of each channel's factor about 1
 * @param warp how unevenly the time runs: step t of T reads at x moved by {@code warp / pi (a sin pi x + b sin 2 pi x)},
 *     x = t / (T - 1), a drawn from [-1, 1) and b from [-1/2, 1/2), so that order and both ends stay; under 1/4
 * @param rotate the most that triples of channels (three-axis sensors, all by one rotation) are rotated, in radians;
 *     pi draws from all rotations alike
 */
public record Augment(double jitter, double scale, double warp, double rotate) {
  /** Changes nothing. */
  public static final Augment NONE = new Augment(0, 0, 0, 0);

  /** Checks the values. */
  public Augment {
    if (!(jitter >= 0 && scale >= 0 && warp >= 0 && warp < 0.25 && rotate >= 0 && rotate <= Math.PI)) {
      throw new IllegalArgumentException("augment: jitter and scale of at least 0, warp in [0, 0.25) and rotate in"
          + " [0, pi] expected, came " + jitter + ", " + scale + ", " + warp + " and " + rotate);
    }
  }

  /**
   * The data with the train rows changed.
   *
   * @param epoch asked at each read
   */
  public Sequences over(Sequences data, int[] train, long seed, IntSupplier epoch) {
    if (equals(NONE)) {
      return data;
    }
    if (rotate > 0 && data.channels() % 3 != 0) {
      throw new IllegalArgumentException(
          "augment: rotation needs channels by threes, " + data.name() + " has " + data.channels());
    }
    BitSet changed = new BitSet();
    for (int row : train) {
      changed.set(row);
    }
    return new Changed(data, this, changed, seed, epoch);
  }

  private record Changed(Sequences below, Augment by, BitSet rows, long seed, IntSupplier epoch)
      implements Over {
    @Override
    public long missing() {
      return below.missing();
    }

    @Override
    public void read(int row, double[] into) {
      below.read(row, into);
      if (rows.get(row)) {
        by.change(into, below.length(row), below.channels(),
            new SplitMix(seed ^ 0x61c8864680b583ebL, (long) epoch.getAsInt() << 32 | row));
      }
    }
  }

  private void change(double[] values, int length, int channels, SplitMix random) {
    if (warp > 0) {
      double one = 2 * random.nextDouble() - 1;
      double two = (2 * random.nextDouble() - 1) / 2;
      double[] before = java.util.Arrays.copyOf(values, length * channels);
      for (int t = 0; t < length; t++) {
        double x = length == 1 ? 0 : t / (length - 1.0);
        double moved = x + warp / Math.PI * (one * Math.sin(Math.PI * x) + two * Math.sin(2 * Math.PI * x));
        View.interpolate(before, length, channels, Math.clamp(moved, 0, 1) * (length - 1), values, t * channels);
      }
    }
    if (rotate > 0) {
      Rotations.apply(Rotations.draw(random, rotate), values, length, channels);
    }
    if (scale > 0) {
      for (int c = 0; c < channels; c++) {
        double factor = 1 + scale * random.nextGaussian();
        for (int t = 0; t < length; t++) {
          values[t * channels + c] *= factor;
        }
      }
    }
    for (int i = 0; jitter > 0 && i < length * channels; i++) {
      values[i] += jitter * random.nextGaussian();
    }
  }

  /** Rows of any kind each rotated by a rotation of its own, the same at every read: sensors worn every which way. */
  public static Sequences rotated(Sequences data, int[] rows, long seed) {
    return new Augment(0, 0, 0, Math.PI).over(data, rows, seed, () -> 0);
  }
}
