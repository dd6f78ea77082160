package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The Lorenz system (Lorenz 1963), {@code x' = 10 (y - x), y' = x (28 - z) - y, z' = x y - 8/3 z}, seen at irregular
 * times: the gaps are exponential with mean {@code gap}, told as time stamps and as channel 3, so that a model that
 * knows no stamps sees them too. The target is x at {@code ahead} behind the last observation. Rows begin on the
 * attractor, each at a point of its own (20 units from a drawn place). Integrated by Runge-Kutta of order 4 in steps of
 * at most 1/200.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part
 * @param testRows rows of the TEST part
 * @param length observations of each row
 * @param gap mean time between two
 * @param ahead time from the last observation to the target
 * @param noise deviation of what is added to observations
 */
public record Lorenz(long seed, int trainRows, int testRows, int length, double gap, double ahead, double noise)
    implements DatasetSource {
  private static final double STEP = 1.0 / 200;

  /** Checks the sizes. */
  public Lorenz {
    Sizes.check("lorenz", trainRows, 0, testRows);
    Sizes.atLeast("lorenz", "length", length, 1);
    if (!(gap > 0 && gap < 100 && ahead > 0 && ahead < 100 && noise >= 0 && noise < 1000)) {
      throw new IllegalArgumentException("lorenz: gap and ahead over 0 and under 100 and noise of at least 0 expected,"
          + " came " + gap + ", " + ahead + " and " + noise);
    }
  }

  /** 2,000 and 500 rows of 128 observations 0.04 apart on average, 0.1 ahead, without noise. */
  public static Lorenz standard() {
    return new Lorenz(0, 2_000, 500, 128, 0.04, 0.1, 0);
  }

  @Override
  public String name() {
    return "lorenz";
  }

  @Override
  public String summary() {
    return "the Lorenz system seen at irregular times, x to be told 0.1 ahead; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.numbers();
      double[][] seen = new double[length][];
      double[] times = new double[length];
      for (int row = 0; row < trainRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, 0);
        SplitMix random = new SplitMix(seed, row);
        double[] state = {20 * random.nextDouble() - 10, 20 * random.nextDouble() - 10, 20 + 10 * random.nextDouble()};
        advance(state, 20);
        double time = 0;
        for (int t = 0; t < length; t++) {
          double wait = t == 0 ? 0 : -gap * Math.log1p(-random.nextDouble());
          advance(state, wait);
          time += wait;
          times[t] = time;
          seen[t] = new double[] {state[0] + noise(random), state[1] + noise(random), state[2] + noise(random), wait};
        }
        for (int c = 0; c < 4; c++) {
          for (int t = 0; t < length; t++) {
            builder.value(times[t], seen[t][c]);
          }
          builder.endChannel();
        }
        advance(state, ahead);
        builder.endCase(state[0]);
      }
      return builder.build();
    }
  }

  private double noise(SplitMix random) {
    return noise == 0 ? 0 : noise * random.nextGaussian();
  }

  /** Moves a state on by so much time. */
  static void advance(double[] state, double time) {
    int steps = (int) Math.ceil(time / STEP);
    double h = steps == 0 ? 0 : time / steps;
    for (int i = 0; i < steps; i++) {
      double[] k1 = slope(state, state, 0);
      double[] k2 = slope(state, k1, h / 2);
      double[] k3 = slope(state, k2, h / 2);
      double[] k4 = slope(state, k3, h);
      for (int c = 0; c < 3; c++) {
        state[c] += h / 6 * (k1[c] + 2 * k2[c] + 2 * k3[c] + k4[c]);
      }
    }
  }

  /** The slope at {@code from + by way}. */
  private static double[] slope(double[] from, double[] way, double by) {
    double x = from[0] + by * way[0];
    double y = from[1] + by * way[1];
    double z = from[2] + by * way[2];
    return new double[] {10 * (y - x), x * (28 - z) - y, x * y - 8.0 / 3 * z};
  }
}
