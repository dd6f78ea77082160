package dev.runnel.datasets;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which rows train, which select (early stopping, choice of values), and which only score. Rows count over TRAIN, then
 * TEST. A split has at least one train row, and no row twice.
 *
 * @param train rows to learn from, and to fit transforms on
 * @param validation rows to select by
 * @param test rows to score once
 */
@SuppressWarnings("ArrayRecordComponent")
public record Split(int[] train, int[] validation, int[] test) {
  /** Seeds of the five splits in the LrcSSM and LinOSS papers. */
  public static final List<Integer> PAPER_SEEDS = List.of(2345, 3456, 4567, 5678, 6789);

  /** Copies, and checks that no row is negative or comes twice. */
  public Split {
    train = train.clone();
    validation = validation.clone();
    test = test.clone();
    BitSet seen = new BitSet();
    check("train", train, seen);
    check("validation", validation, seen);
    check("test", test, seen);
    if (train.length == 0) {
      throw new IllegalArgumentException("split: at least one train row expected, came none");
    }
  }

  private static void check(String part, int[] rows, BitSet seen) {
    for (int row : rows) {
      if (row < 0) {
        throw new IllegalArgumentException("split: a row of at least 0 expected in " + part + ", came " + row);
      }
      if (seen.get(row)) {
        throw new IllegalArgumentException("split: row " + row + " of " + part + " comes a second time");
      }
      seen.set(row);
    }
  }

  /** This split, once all its rows are known to be rows of the data. */
  public Split checkedAgainst(Sequences data) {
    int highest = IntStream.of(IntStream.of(train).max().orElse(0), IntStream.of(validation).max().orElse(0),
        IntStream.of(test).max().orElse(0)).max().orElse(0);
    if (highest >= data.size()) {
      throw new IllegalArgumentException("split: rows in [0, " + data.size() + ") expected for " + data.name()
          + ", came " + highest);
    }
    return this;
  }

  /**
   * The archive's own split: TEST scores and selects nothing; validation is a fifth of TRAIN, drawn by the seed from
   * each class in proportion (largest remainders first), and the rest of TRAIN trains. Rows stay in file order.
   */
  public static Split official(Dataset data, long seed) {
    int train = data.trainRows();
    if (train == data.size()) {
      throw new IllegalArgumentException("split official: " + data.name()
          + " has no TEST part; use the paper's protocol or a file of splits");
    }
    if (train < 2) {
      throw new IllegalArgumentException(
          "split official: at least 2 TRAIN rows expected for " + data.name() + ", came " + train);
    }
    BitSet validation = stratified(data, IntStream.range(0, train).toArray(), 0.2, seed);
    return new Split(rows(0, train, row -> !validation.get(row)), rows(0, train, validation::get),
        rows(train, data.size(), row -> true));
  }

  private static int[] rows(int from, int to, IntPredicate wanted) {
    return IntStream.range(from, to).filter(wanted).toArray();
  }

  /** Draws a share of the rows, from each class in proportion. */
  private static BitSet stratified(Dataset data, int[] rows, double share, long seed) {
    boolean labelled = data.target() == Target.CLASS;
    int strata = labelled ? data.classes().size() : 1;
    int[] sizes = new int[strata];
    for (int row : rows) {
      sizes[labelled ? data.label(row) : 0]++;
    }
    int[] take = new int[strata];
    int wanted = Math.max(1, (int) Math.round(share * rows.length));
    int taken = 0;
    for (int s = 0; s < strata; s++) {
      take[s] = (int) (share * sizes[s]);
      taken += take[s];
    }
    Integer[] byRemainder = IntStream.range(0, strata).boxed().toArray(Integer[]::new);
    Arrays.sort(byRemainder, (a, b) -> Double.compare(share * sizes[b] - take[b], share * sizes[a] - take[a]));
    for (int i = 0; i < strata && taken < wanted; i++) {
      if (take[byRemainder[i]] < sizes[byRemainder[i]] - 1 || strata == 1) {
        take[byRemainder[i]]++;
        taken++;
      }
    }
    int[] order = rows.clone();
    new SplitMix(seed, -1).shuffle(order);
    BitSet drawn = new BitSet();
    for (int row : order) {
      int s = labelled ? data.label(row) : 0;
      if (take[s] > 0) {
        take[s]--;
        drawn.set(row);
      }
    }
    return drawn;
  }

  /**
   * The protocol of the LrcSSM and LinOSS papers: TRAIN and TEST together, rows with equal values kept once and sorted
   * by value (step by step, channel by channel; of equal rows the first stays), then permuted by the seed and cut at
   * {@code int(.7 N)} and {@code int(.85 N)}. The permutation is ours, not NumPy's: sizes and protocol are the papers',
   * the rows of each part are not. For the papers' own rows there are files of splits.
   */
  public static Split paper(Dataset data, long seed) {
    Integer[] sorted = IntStream.range(0, data.size()).boxed().toArray(Integer[]::new);
    Arrays.sort(sorted, data::compareRows); // stable: of equal rows the first comes first
    List<Integer> kept = new ArrayList<>(sorted.length);
    for (Integer row : sorted) {
      if (kept.isEmpty() || data.compareRows(kept.getLast(), row) != 0) {
        kept.add(row);
      }
    }
    int[] order = kept.stream().mapToInt(Integer::intValue).toArray();
    new SplitMix(seed, -2).shuffle(order);
    int n = order.length;
    int first = (int) (.7 * n);
    int second = (int) (.85 * n);
    return new Split(Arrays.copyOfRange(order, 0, first), Arrays.copyOfRange(order, first, second),
        Arrays.copyOfRange(order, second, n));
  }

  /**
   * The split of that seed in a {@code *_paper_splits.json}: {@code {"seeds": {"2345": {"train": [...], "val": [...],
   * "test": [...]}}}}, rows counted over TRAIN then TEST; {@code train_available} stands for {@code train} where not
   * all rows could be had. A file that doesn't fit the data is an error.
   */
  public static Split file(Path file, Dataset data, long seed) {
    return SplitFile.read(file, data, seed);
  }

  /** The first part, for Kotlin's destructuring. */
  public int[] component1() {
    return train;
  }

  /** The second part, for Kotlin's destructuring. */
  public int[] component2() {
    return validation;
  }

  /** The third part, for Kotlin's destructuring. */
  public int[] component3() {
    return test;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Split s && Arrays.equals(train, s.train) && Arrays.equals(validation, s.validation)
        && Arrays.equals(test, s.test);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Arrays.hashCode(train) + Arrays.hashCode(validation)) + Arrays.hashCode(test);
  }

  @Override
  public String toString() {
    return "Split[train=" + train.length + " rows, validation=" + validation.length + ", test=" + test.length + "]";
  }
}
