package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Multi-query associative recall (Arora et al. 2023): {@code pairs} different keys, each followed by its value; then
 * each key once more, at a place drawn so that short distances are likelier (weight {@code place^(power - 1)}); at that
 * place its value is to be told. All other places behind the pairs hold symbols drawn from the whole vocabulary.
 * Symbol 0 is never a key; keys are {@code 1 ... vocabulary/2 - 1}, values {@code vocabulary/2 ... vocabulary - 1}.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part
 * @param testRows rows of the TEST part
 * @param vocabulary different symbols
 * @param pairs keys to be remembered
 * @param length steps of each row, even and at least {@code 4 pairs}
 * @param power of the distances' distribution, 0.01 as published
 */
public record Mqar(long seed, int trainRows, int testRows, int vocabulary, int pairs, int length, double power)
    implements DatasetSource {
  /** Checks the sizes. */
  public Mqar {
    Sizes.check("mqar", trainRows, 0, testRows);
    Sizes.atLeast("mqar", "pairs", pairs, 1);
    Sizes.atLeast("mqar", "vocabulary", vocabulary, 2 * pairs + 2);
    Sizes.atLeast("mqar", "length", length, 4 * pairs);
    if (length % 2 != 0 || !(power > 0 && power <= 10)) {
      throw new IllegalArgumentException("mqar: an even length and a power over 0 and up to 10 expected, came " + length
          + " and " + power);
    }
  }

  /** 20,000 and 1,000 rows: 8 pairs out of 256 symbols in 128 steps. */
  public static Mqar standard() {
    return new Mqar(0, 20_000, 1_000, 256, 8, 128, 0.01);
  }

  @Override
  public String name() {
    return "mqar";
  }

  @Override
  public String summary() {
    return "multi-query associative recall, 8 pairs of key and value in 128 steps; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    int places = (length - 2 * pairs) / 2;
    int[] allKeys = IntStream.range(1, vocabulary / 2).toArray();
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.stepClasses(IntStream.range(0, vocabulary).mapToObj(String::valueOf).toList());
      builder.symbols(IntStream.range(0, vocabulary).mapToObj(String::valueOf).toList());
      for (int row = 0; row < trainRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, 0);
        SplitMix random = new SplitMix(seed, row);
        int[] keys = allKeys.clone();
        random.shuffle(keys);
        int[] values = IntStream.range(vocabulary / 2, vocabulary).toArray();
        random.shuffle(values);
        double[] symbols = new double[length];
        int[] labels = new int[length];
        Arrays.fill(labels, -1);
        for (int t = 2 * pairs; t < length; t++) {
          symbols[t] = Sizes.below(random, vocabulary);
        }
        int[] at = places(random, places);
        for (int i = 0; i < pairs; i++) {
          symbols[2 * i] = keys[i];
          symbols[2 * i + 1] = values[i];
          int query = 2 * pairs + 2 * at[i];
          symbols[query] = keys[i];
          labels[query] = values[i];
        }
        builder.timeMajor(symbols, length, 1).endCase(labels);
      }
      return builder.build();
    }
  }

  /** Different places out of {@code 0 ... n - 1}, drawn one after another by weight {@code (place + 1)^(power - 1)}. */
  private int[] places(SplitMix random, int n) {
    double[] weight = IntStream.range(0, n).mapToDouble(i -> Math.pow(i + 1, power - 1)).toArray();
    int[] drawn = new int[pairs];
    for (int i = 0; i < pairs; i++) {
      double left = random.nextDouble() * Arrays.stream(weight).sum();
      int place = -1;
      for (int k = 0; k < n && left >= 0; k++) {
        if (weight[k] > 0) {
          place = k;
          left -= weight[k];
        }
      }
      weight[place] = 0;
      drawn[i] = place;
    }
    return drawn;
  }
}
