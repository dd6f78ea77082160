package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.random.RandomGenerator;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The adding problem (Hochreiter and Schmidhuber 1997, in the form of Arjovsky et al. 2016): channel 0 is uniform in
 * [0, 1), channel 1 is 1 at one step of each half and 0 elsewhere; the target is the sum of the two marked values. Its
 * mean is 1 and its variance 1/6, which is the loss of always answering 1.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part
 * @param testRows rows of the TEST part
 * @param length steps of each row
 */
public record Adding(long seed, int trainRows, int testRows, int length) implements DatasetSource {
  /** Checks the sizes. */
  public Adding {
    Sizes.check("adding", trainRows, 0, testRows);
    Sizes.atLeast("adding", "length", length, 2);
  }

  /** 10,000 and 1,000 rows of 400 steps. */
  public static Adding standard() {
    return new Adding(0, 10_000, 1_000, 400);
  }

  @Override
  public String name() {
    return "adding";
  }

  @Override
  public String summary() {
    return "the sum of two marked values out of 400; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.numbers();
      for (int row = 0; row < trainRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, 0);
        RandomGenerator random = new SplitMix(seed, row);
        int first = Sizes.below(random, length / 2);
        int second = length / 2 + Sizes.below(random, length - length / 2);
        double sum = 0;
        for (int t = 0; t < length; t++) {
          double value = random.nextDouble();
          sum += t == first || t == second ? value : 0;
          builder.value(value);
        }
        builder.endChannel();
        for (int t = 0; t < length; t++) {
          builder.value(t == first || t == second ? 1 : 0);
        }
        builder.endChannel();
        builder.endCase(sum);
      }
      return builder.build();
    }
  }
}
