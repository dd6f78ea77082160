package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.Arrays;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The Mackey-Glass equation (Mackey and Glass 1977), {@code x' = 0.2 x(t - delay) / (1 + x(t - delay)^10) - 0.1 x},
 * chaotic for delays over 16.8. A row is {@code length} samples one time unit apart of a solution from a history drawn
 * for it (constant, uniform in [0.5, 1.5)) after 200 units of settling; the target is the sample {@code ahead} units
 * behind the last. Integrated by Runge-Kutta of order 4 in steps of a tenth; the delayed value at half steps is
 * interpolated by the cubic through four neighbours on its own side of the solution's kinks, the multiples of the delay.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part
 * @param testRows rows of the TEST part
 * @param length steps of each row
 * @param delay in time units, at least 1
 * @param ahead how far the target lies behind the last sample
 */
public record MackeyGlass(long seed, int trainRows, int testRows, int length, int delay, int ahead)
    implements DatasetSource {
  private static final int STEPS_PER_UNIT = 10;
  private static final int SETTLING = 200;

  /** Checks the sizes. */
  public MackeyGlass {
    Sizes.check("mackey-glass", trainRows, 0, testRows);
    Sizes.atLeast("mackey-glass", "length", length, 1);
    Sizes.atLeast("mackey-glass", "delay", delay, 1);
    Sizes.atLeast("mackey-glass", "ahead", ahead, 1);
  }

  /** 2,000 and 500 rows of 256 samples at delay 17, 15 ahead. */
  public static MackeyGlass standard() {
    return new MackeyGlass(0, 2_000, 500, 256, 17, 15);
  }

  @Override
  public String name() {
    return "mackey-glass";
  }

  @Override
  public String summary() {
    return "a chaotic delay equation to be told 15 units ahead; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.numbers();
      for (int row = 0; row < trainRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, 0);
        double[] x = solution(0.5 + new SplitMix(seed, row).nextDouble(), SETTLING + length + ahead, STEPS_PER_UNIT);
        for (int t = 0; t < length; t++) {
          builder.value(x[SETTLING + t]);
        }
        builder.endChannel();
        builder.endCase(x[SETTLING + length - 1 + ahead]);
      }
      return builder.build();
    }
  }

  /** Samples at 0, 1, ..., units - 1 from a constant history. */
  double[] solution(double history, int units, int stepsPerUnit) {
    double h = 1.0 / stepsPerUnit;
    int back = delay * stepsPerUnit;
    int steps = units * stepsPerUnit;
    double[] x = new double[back + steps + 1]; // x[back + k] is the solution at k h
    Arrays.fill(x, 0, back + 1, history);
    for (int k = 0; k < steps; k++) {
      double now = x[k]; // the delayed values at the step's start, middle and end
      double after = x[k + 1];
      double half = switch (k % back == 0 ? 1 : k % back == back - 1 ? -1 : 0) { // never across a kink
        case 1 -> (5 * now + 15 * after - 5 * x[k + 2] + x[k + 3]) / 16;
        case -1 -> (5 * after + 15 * now - 5 * x[k - 1] + x[k - 2]) / 16;
        default -> (9 * (now + after) - x[k - 1] - x[k + 2]) / 16;
      };
      double y = x[back + k];
      double k1 = slope(y, now);
      double k2 = slope(y + h / 2 * k1, half);
      double k3 = slope(y + h / 2 * k2, half);
      double k4 = slope(y + h * k3, after);
      x[back + k + 1] = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    double[] samples = new double[units];
    Arrays.setAll(samples, t -> x[back + t * stepsPerUnit]);
    return samples;
  }

  private static double slope(double x, double delayed) {
    double square = delayed * delayed;
    double tenth = square * square * square * square * square;
    return 0.2 * delayed / (1 + tenth) - 0.1 * x;
  }
}
