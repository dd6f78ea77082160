package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The copying task (Arjovsky et al. 2016): {@code symbols} drawn from an alphabet, {@code delay} blanks, a mark, and as
 * many blanks as there were symbols; at those the symbols are to be told in order. Values are the alphabet
 * {@code 0 ... alphabet - 1}, blank, mark; only the last {@code symbols} steps are scored.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part
 * @param testRows rows of the TEST part
 * @param alphabet different symbols
 * @param symbols how many are to be remembered
 * @param delay for how many steps
 */
public record Copying(long seed, int trainRows, int testRows, int alphabet, int symbols, int delay)
    implements DatasetSource {
  /** Checks the sizes. */
  public Copying {
    Sizes.check("copying", trainRows, 0, testRows);
    Sizes.atLeast("copying", "alphabet", alphabet, 2);
    Sizes.atLeast("copying", "symbols", symbols, 1);
    Sizes.atLeast("copying", "delay", delay, 0);
  }

  /** 10,000 and 1,000 rows: ten symbols out of eight over a delay of 200. */
  public static Copying standard() {
    return new Copying(0, 10_000, 1_000, 8, 10, 200);
  }

  @Override
  public String name() {
    return "copying";
  }

  @Override
  public String summary() {
    return "ten symbols to be told again after 200 steps; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    int length = 2 * symbols + delay + 1;
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.stepClasses(Sizes.letters(alphabet));
      builder.symbols(Stream.concat(Sizes.letters(alphabet).stream(), Stream.of("_", "|")).toList());
      for (int row = 0; row < trainRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, 0);
        RandomGenerator random = new SplitMix(seed, row);
        double[] values = new double[length];
        int[] labels = new int[length];
        Arrays.fill(values, alphabet);
        Arrays.fill(labels, -1);
        for (int i = 0; i < symbols; i++) {
          int symbol = Sizes.below(random, alphabet);
          values[i] = symbol;
          labels[length - symbols + i] = symbol;
        }
        values[symbols + delay] = alphabet + 1;
        builder.timeMajor(values, length, 1).endCase(labels);
      }
      return builder.build();
    }
  }
}
