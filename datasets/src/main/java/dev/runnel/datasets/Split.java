package dev.runnel.datasets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
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
   * The archive's own split: TEST scores and selects nothing; validation is the archive's part for it, or a fifth of
   * TRAIN, drawn by the seed from each class in proportion (largest remainders first), and the rest of TRAIN trains.
   * Rows stay in file order.
   */
  public static Split official(Dataset data, long seed) {
    int train = data.trainRows();
    int test = train + data.validationRows();
    if (test == data.size()) {
      throw new IllegalArgumentException("split official: " + data.name()
          + " has no TEST part; use the paper's protocol or a file of splits");
    }
    if (test > train) {
      return new Split(rows(0, train, row -> true), rows(train, test, row -> true),
          rows(test, data.size(), row -> true));
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
   * The rows of the LrcSSM and LinOSS papers: TRAIN and TEST together, rows with equal values kept once and sorted by
   * value (step by step, channel by channel; of equal rows the first stays), then permuted by the seed as their code
   * does ({@link JaxRandom}) and cut at {@code int(.7 N)} and {@code int(.85 N)}.
   */
  public static Split paper(Dataset data, long seed) {
    int[] kept = distinct(data);
    int[] order = JaxRandom.key(seed).split(4, 0).split(2, 0).permutation(kept.length);
    int[] rows = IntStream.of(order).map(i -> kept[i]).toArray();
    int first = (int) (.7 * rows.length);
    int second = (int) (.85 * rows.length);
    return new Split(Arrays.copyOfRange(rows, 0, first), Arrays.copyOfRange(rows, first, second),
        Arrays.copyOfRange(rows, second, rows.length));
  }

  /** Rows sorted by value, of equal rows the first alone. */
  private static int[] distinct(Dataset data) {
    Integer[] sorted = IntStream.range(0, data.size()).boxed().toArray(Integer[]::new);
    Arrays.sort(sorted, data::compareRows); // stable: of equal rows the first comes first
    List<Integer> kept = new ArrayList<>(sorted.length);
    for (Integer row : sorted) {
      if (kept.isEmpty() || data.compareRows(kept.getLast(), row) != 0) {
        kept.add(row);
      }
    }
    return kept.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * One of k folds over all rows, classes in proportion: the fold tests, the next one (in a ring) validates, the rest
   * trains. The k folds of one seed test each row once.
   *
   * @param fold in {@code [0, k)}
   */
  public static Split fold(Dataset data, int k, int fold, long seed) {
    if (k < 3 || k > data.size() || fold < 0 || fold >= k) {
      throw new IllegalArgumentException("split fold: 3 to " + data.size() + " folds and a fold of at least 0 and under"
          + " their number expected for " + data.name() + ", came fold " + fold + " of " + k);
    }
    int[] order = IntStream.range(0, data.size()).toArray();
    new SplitMix(seed, -3).shuffle(order);
    if (data.target() == Target.CLASS) {
      order = IntStream.of(order).boxed().sorted(Comparator.comparingInt(data::label))
          .mapToInt(Integer::intValue).toArray();
    }
    int[] home = new int[data.size()]; // dealt out in turn, class after class
    for (int i = 0; i < order.length; i++) {
      home[order[i]] = i % k;
    }
    return homed(home, fold, (fold + 1) % k);
  }

  /**
   * Groups (people, sessions, machines) never torn apart: groups in an order drawn by the seed go to test until it has
   * 15 % of the rows, then to validation until it has as many, and the rest to train.
   *
   * @param groups each row's group
   */
  public static Split byGroup(List<String> groups, long seed) {
    List<String> names = List.copyOf(new TreeSet<>(groups));
    if (names.size() < 3) {
      throw new IllegalArgumentException("split by group: at least 3 groups expected, came " + names.size());
    }
    int[] order = IntStream.range(0, names.size()).toArray();
    new SplitMix(seed, -4).shuffle(order);
    Map<String, Long> sizes = groups.stream().collect(Collectors.groupingBy(g -> g, Collectors.counting()));
    Map<String, Integer> home = new HashMap<>();
    int part = 0;
    long taken = 0;
    for (int i = 0; i < order.length; i++) {
      String name = names.get(order[i]);
      home.put(name, part);
      taken += sizes.getOrDefault(name, 0L);
      boolean full = taken >= 0.15 * groups.size() || order.length - i - 1 <= 2 - part;
      if (part < 2 && full) {
        part++;
        taken = 0;
      }
    }
    return homed(groups.stream().mapToInt(g -> home.getOrDefault(g, 2)).toArray(), 0, 1);
  }

  /** {@link #byGroup(List, long)} with a file of a group's name a row. */
  public static Split byGroup(Path file, Dataset data, long seed) {
    List<String> groups;
    try {
      groups = Files.readAllLines(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + (Files.exists(file) ? ": lines of text expected: " + e.getMessage() : ": no such file"), e);
    }
    if (groups.size() != data.size()) {
      throw new IllegalArgumentException(file + ": a line for each of the " + data.size() + " rows of " + data.name()
          + " expected, came " + groups.size());
    }
    return byGroup(groups, seed);
  }

  private static Split homed(int[] home, int test, int validation) {
    return new Split(rows(0, home.length, row -> home[row] != test && home[row] != validation),
        rows(0, home.length, row -> home[row] == validation), rows(0, home.length, row -> home[row] == test));
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

  /**
   * Without the last rows of validation and test part that are no whole batch: what {@code drop_last} in the published
   * code of LrcSSM leaves out, scores included.
   */
  public Split whole(int batch) {
    return new Split(train, Arrays.copyOf(validation, validation.length / batch * batch),
        Arrays.copyOf(test, test.length / batch * batch));
  }
}
