package dev.runnel.datasets;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The order in which rows are visited, batch after batch. The last, short batch is kept unless {@link #whole} says
 * otherwise. The order of an epoch depends
 * on the rows, the seed and the epoch's number alone: any epoch can be had without those before it, on any thread.
 */
public final class Batches {
  private static final int STRETCH = 32;

  private final int[] rows;
  private final int batchSize;
  private final boolean whole;

  private Batches(int[] rows, int batchSize, boolean whole) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batches: a batch size of at least 1 expected, came " + batchSize);
    }
    this.rows = rows.clone();
    this.batchSize = batchSize;
    this.whole = whole;
  }

  /** Batches over these rows. */
  public static Batches of(int[] rows, int batchSize) {
    return new Batches(rows, batchSize, false);
  }

  /** Without the last batch where it is short, as PyTorch's {@code drop_last} has it. */
  public Batches whole() {
    return new Batches(rows, batchSize, true);
  }

  /** Batches of an epoch: {@code ceil(rows / batchSize)}, or its floor where all are whole. */
  public int count() {
    return (rows.length + (whole ? 0 : batchSize - 1)) / batchSize;
  }

  /** Rows visited in an epoch. */
  public int size() {
    return rows.length;
  }

  /** The rows in their given order, as for evaluating. */
  public List<int[]> inOrder() {
    return cut(rows);
  }

  /** The rows shuffled for that epoch. */
  public List<int[]> shuffled(long seed, int epoch) {
    int[] order = rows.clone();
    new SplitMix(seed, epoch).shuffle(order);
    return cut(order);
  }

  /**
   * The rows shuffled for that epoch, then sorted by length within each stretch of {@value #STRETCH} batches, and the
   * batches shuffled: rows of a batch are about as long as each other, so that little of it is padding.
   *
   * @param length a row's steps
   */
  public List<int[]> byLength(long seed, int epoch, IntUnaryOperator length) {
    SplitMix random = new SplitMix(seed, epoch);
    int[] order = rows.clone();
    random.shuffle(order);
    List<int[]> batches = new ArrayList<>(count());
    for (int from = 0; from < order.length; from += STRETCH * batchSize) {
      int[] stretch = IntStream.of(Arrays.copyOfRange(order, from, Math.min(order.length, from + STRETCH * batchSize)))
          .boxed().sorted(Comparator.comparingInt(length::applyAsInt)).mapToInt(Integer::intValue).toArray();
      batches.addAll(cut(stretch));
    }
    int[] places = IntStream.range(0, batches.size()).toArray();
    random.shuffle(places);
    return IntStream.of(places).mapToObj(batches::get).toList();
  }

  private List<int[]> cut(int[] order) {
    List<int[]> batches = new ArrayList<>(count());
    for (int from = 0; from < order.length - (whole ? batchSize - 1 : 0); from += batchSize) {
      batches.add(Arrays.copyOfRange(order, from, Math.min(order.length, from + batchSize)));
    }
    return batches;
  }
}
