package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Parity: is the number of ones in a row of fair bits odd? Rows are between {@code shortest} and {@code longest} steps
 * long; TEST rows up to {@code testLongest}, which asks for a rule that holds beyond the lengths learned from.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part
 * @param testRows rows of the TEST part
 * @param shortest fewest steps
 * @param longest most steps of a TRAIN row
 * @param testLongest most steps of a TEST row
 */
public record Parity(long seed, int trainRows, int testRows, int shortest, int longest, int testLongest)
    implements DatasetSource {
  /** Checks the sizes. */
  public Parity {
    Sizes.check("parity", trainRows, 0, testRows);
    Sizes.atLeast("parity", "shortest", shortest, 1);
    Sizes.atLeast("parity", "longest", longest, shortest);
    Sizes.atLeast("parity", "testLongest", testLongest, shortest);
  }

  /** 10,000 rows of 3 to 40 steps, 1,000 of up to 256. */
  public static Parity standard() {
    return new Parity(0, 10_000, 1_000, 3, 40, 256);
  }

  @Override
  public String name() {
    return "parity";
  }

  @Override
  public String summary() {
    return "odd or even number of ones; learned from up to 40 steps, scored on up to 256; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.classes(List.of("even", "odd"));
      builder.symbols(List.of("0", "1"));
      for (int row = 0; row < trainRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, 0);
        SplitMix random = new SplitMix(seed, row);
        int steps = shortest + Sizes.below(random, (row < trainRows ? longest : testLongest) - shortest + 1);
        int ones = 0;
        for (int t = 0; t < steps; t++) {
          int bit = (int) (random.nextLong() >>> 63);
          ones += bit;
          builder.value(bit);
        }
        builder.endChannel();
        builder.endCase(ones % 2);
      }
      return builder.build();
    }
  }
}
