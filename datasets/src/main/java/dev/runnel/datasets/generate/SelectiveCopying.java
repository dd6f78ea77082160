package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Selective copying (Jing et al. 2019; Gu and Dao 2023): symbols stand at places drawn anew for each row among
 * {@code length} steps of blanks; then come as many marks, at which the symbols are to be told in order. What is to be
 * remembered depends on the content, so no fixed filter can do it.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part
 * @param testRows rows of the TEST part
 * @param alphabet different symbols
 * @param symbols how many are to be remembered
 * @param length steps among which they stand
 */
public record SelectiveCopying(long seed, int trainRows, int testRows, int alphabet, int symbols, int length)
    implements DatasetSource {
  /** Checks the sizes. */
  public SelectiveCopying {
    Sizes.check("selective-copying", trainRows, 0, testRows);
    Sizes.atLeast("selective-copying", "alphabet", alphabet, 2);
    Sizes.atLeast("selective-copying", "symbols", symbols, 1);
    Sizes.atLeast("selective-copying", "length", length, symbols);
  }

  /** 10,000 and 1,000 rows: 16 symbols out of 14 among 256 steps. */
  public static SelectiveCopying standard() {
    return new SelectiveCopying(0, 10_000, 1_000, 14, 16, 256);
  }

  @Override
  public String name() {
    return "selective-copying";
  }

  @Override
  public String summary() {
    return "16 symbols among 256 steps of blanks to be told in order; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    int steps = length + symbols;
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.stepClasses(Sizes.letters(alphabet));
      builder.symbols(Stream.concat(Sizes.letters(alphabet).stream(), Stream.of("_", "|")).toList());
      for (int row = 0; row < trainRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, 0);
        SplitMix random = new SplitMix(seed, row);
        int[] places = IntStream.range(0, length).toArray();
        random.shuffle(places);
        int[] chosen = Arrays.copyOf(places, symbols);
        Arrays.sort(chosen);
        double[] values = new double[steps];
        int[] labels = new int[steps];
        Arrays.fill(values, 0, length, alphabet);
        Arrays.fill(values, length, steps, alphabet + 1);
        Arrays.fill(labels, -1);
        for (int i = 0; i < symbols; i++) {
          int symbol = Sizes.below(random, alphabet);
          values[chosen[i]] = symbol;
          labels[length + i] = symbol;
        }
        builder.timeMajor(values, steps, 1).endCase(labels);
      }
      return builder.build();
    }
  }
}
