package dev.runnel.datasets.generate;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.Origin;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;

/**
 * ListOps as the Long Range Arena makes it (Nangia and Bowman 2018; Tay et al. 2021): nested prefix expressions of
 * {@code MIN}, {@code MAX}, {@code MED} (the median, rounded down) and {@code SM} (the sum modulo 10) over digits, to
 * be answered by a digit.
 *
 * <p>An expression at depth d is an operator with probability 1/4 if {@code d < maxDepth}, else a digit; an operator
 * has 2 to 10 arguments at depth d + 1, all choices uniform. Expressions whose length (an operator with its bracket
 * counts 1, the closing bracket 1) is strictly between the limits are kept, and each only once. About 8.4 % of what is
 * drawn has more than 500 and fewer than 2000 symbols; their mean length is about 1040.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part; {@code validationRows} and {@code testRows} likewise
 * @param longerThan every expression is longer
 * @param shorterThan every expression is shorter
 * @param maxDepth operators are nested at most so deep
 */
public record ListOps(long seed, int trainRows, int validationRows, int testRows, int longerThan, int shorterThan,
    int maxDepth) implements DatasetSource {
  /** Symbols in the order of their values. */
  public static final List<String> SYMBOLS = List.of(
      "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "[MIN", "[MAX", "[MED", "[SM", "]");

  private static final int MIN = 10;
  private static final int MAX = 11;
  private static final int MED = 12;
  private static final int SM = 13;
  private static final int CLOSE = 14;

  /** Checks the sizes. */
  public ListOps {
    Sizes.check("listops", trainRows, validationRows, testRows);
    if (longerThan < 0 || shorterThan - longerThan < 2 || maxDepth < 2 || maxDepth > 40) {
      throw new IllegalArgumentException("listops: longerThan + 1 < shorterThan and maxDepth from 2 to 40 expected, came "
          + longerThan + ", " + shorterThan + " and " + maxDepth);
    }
  }

  /** The benchmark's: 96,000, 2,000 and 2,000 rows of 501 to 1999 symbols, ten deep. */
  public static ListOps standard() {
    return new ListOps(0, 96_000, 2_000, 2_000, 500, 2_000, 10);
  }

  @Override
  public String name() {
    return "listops";
  }

  @Override
  public String summary() {
    return "nested list operations of the Long Range Arena, 501 to 1999 symbols; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.origin(Sizes.made(this));
      builder.symbols(SYMBOLS);
      builder.classes(IntStream.range(0, 10).mapToObj(String::valueOf).toList());
      Set<Long> seen = new HashSet<>();
      long draw = 0;
      for (int row = 0; row < trainRows + validationRows + testRows; row++) {
        Sizes.part(builder, row, trainRows, validationRows);
        int[] expression = draw(new SplitMix(seed, draw++));
        while (expression.length == 0 || !seen.add(hash(expression))) {
          expression = draw(new SplitMix(seed, draw++));
        }
        for (int symbol : expression) {
          builder.value(symbol);
        }
        builder.endChannel();
        builder.endCase(value(expression));
      }
      return builder.build();
    }
  }

  private static long hash(int[] expression) {
    long hash = 0;
    for (int symbol : expression) {
      hash = (hash ^ symbol + 1) * 0x9e3779b97f4a7c15L;
      hash ^= hash >>> 29;
    }
    return hash;
  }

  /** Draws one expression; empty when its length is not within the limits. */
  public int[] draw(RandomGenerator random) {
    int[] into = new int[shorterThan];
    int length = draw(random, 1, into, 0);
    return length > longerThan && length < shorterThan ? Arrays.copyOf(into, length) : new int[0];
  }

  /** Writes an expression from {@code at} on; what would be too long is drawn on but not written. */
  private int draw(RandomGenerator random, int depth, int[] into, int at) {
    if (at >= shorterThan) { // it is lost anyhow
      return at;
    }
    if (depth >= maxDepth || random.nextDouble() > 0.25) {
      put(into, at, (int) (random.nextDouble() * 10));
      return at + 1;
    }
    put(into, at, MIN + (int) (random.nextDouble() * 4));
    int arguments = 2 + (int) (random.nextDouble() * 9);
    int end = at + 1;
    for (int i = 0; i < arguments; i++) {
      end = draw(random, depth + 1, into, end);
    }
    put(into, end, CLOSE);
    return end + 1;
  }

  private static void put(int[] into, int at, int symbol) {
    if (at < into.length) {
      into[at] = symbol;
    }
  }

  /** An expression's value, by recursion over it. */
  public static int value(int[] expression) {
    int[] at = {0};
    int value = value(expression, at);
    if (at[0] != expression.length) {
      throw new IllegalArgumentException("listops: one expression expected, came more behind symbol " + at[0]);
    }
    return value;
  }

  private static int value(int[] expression, int[] at) {
    if (at[0] >= expression.length) {
      throw new IllegalArgumentException("listops: a digit or an operator expected, came the end");
    }
    int symbol = expression[at[0]++];
    if (symbol >= 0 && symbol < 10) {
      return symbol;
    }
    if (symbol < MIN || symbol > SM) {
      throw new IllegalArgumentException("listops: a digit or an operator expected, came symbol " + symbol);
    }
    List<Integer> arguments = new ArrayList<>();
    while (at[0] < expression.length && expression[at[0]] != CLOSE) {
      arguments.add(value(expression, at));
    }
    if (arguments.isEmpty() || at[0]++ >= expression.length) {
      throw new IllegalArgumentException("listops: arguments and a closing bracket expected");
    }
    int[] sorted = arguments.stream().mapToInt(Integer::intValue).sorted().toArray();
    int half = sorted.length / 2;
    return switch (symbol) {
      case MIN -> sorted[0];
      case MAX -> sorted[sorted.length - 1];
      case MED -> sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
      default -> IntStream.of(sorted).sum() % 10;
    };
  }
}
