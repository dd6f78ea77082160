package dev.runnel.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each epoch visits each row once, in an order that the seed and the epoch alone decide. */
class BatchesTest {
  private static int[] flat(List<int[]> batches) {
    return batches.stream().flatMapToInt(Arrays::stream).toArray();
  }

  @Test
  void theLastShortBatchIsKept() {
    Batches batches = Batches.of(IntStream.range(10, 20).toArray(), 4);
    assertThat(batches.count()).isEqualTo(3);
    assertThat(batches.inOrder()).extracting(b -> b.length).containsExactly(4, 4, 2);
    assertThat(flat(batches.inOrder())).containsExactly(IntStream.range(10, 20).toArray());
    assertThat(Batches.of(new int[0], 4).inOrder()).isEmpty();
    assertThatThrownBy(() -> Batches.of(new int[1], 0)).hasMessageContaining("at least 1 expected, came 0");
  }

  @Test
  void eachEpochIsAPermutationOfItsOwn() {
    int[] rows = IntStream.range(0, 101).toArray();
    Batches batches = Batches.of(rows, 8);
    int[] third = flat(batches.shuffled(5, 3));
    assertThat(third).containsExactlyInAnyOrder(rows).isNotEqualTo(rows);
    assertThat(flat(Batches.of(rows, 8).shuffled(5, 3))).isEqualTo(third); // without epochs 0 to 2
    assertThat(flat(batches.shuffled(5, 4))).isNotEqualTo(third);
    assertThat(flat(batches.shuffled(6, 3))).isNotEqualTo(third);
  }

  @Test
  void rowsOfABatchAreAboutAsLong() {
    int[] rows = IntStream.range(0, 1001).toArray();
    Batches batches = Batches.of(rows, 8);
    List<int[]> epoch = batches.byLength(5, 3, row -> 1 + row % 97);
    assertThat(flat(epoch)).containsExactlyInAnyOrder(rows);
    assertThat(flat(batches.byLength(5, 3, row -> 1 + row % 97))).isEqualTo(flat(epoch));
    assertThat(flat(batches.byLength(5, 4, row -> 1 + row % 97))).isNotEqualTo(flat(epoch));
    double wasted = padding(epoch);
    assertThat(wasted).isLessThan(0.1 * padding(batches.shuffled(5, 3)));
    assertThat(epoch).hasSize(126);
  }

  private static double padding(List<int[]> batches) {
    return batches.stream().mapToLong(batch -> {
      int longest = Arrays.stream(batch).map(row -> 1 + row % 97).max().orElse(0);
      return Arrays.stream(batch).mapToLong(row -> longest - 1 - row % 97).sum();
    }).sum();
  }

  @Test
  void shufflesAreFair() {
    int[][] counts = new int[6][6];
    for (int epoch = 0; epoch < 60_000; epoch++) {
      int[] items = {0, 1, 2, 3, 4, 5};
      new SplitMix(1, epoch).shuffle(items);
      for (int at = 0; at < 6; at++) {
        counts[at][items[at]]++;
      }
    }
    for (int[] row : counts) {
      for (int count : row) {
        assertThat(count).isBetween(9_600, 10_400); // 10,000 with deviation 91
      }
    }
  }

  @Test
  void theGeneratorsBitsArePinned() {
    assertThat(new SplitMix(42, 0).nextLong()).isEqualTo(new SplitMix(42, 0).nextLong())
        .isNotEqualTo(new SplitMix(42, 1).nextLong());
    int[] items = IntStream.range(0, 8).toArray();
    new SplitMix(42, 7).shuffle(items);
    assertThat(items).containsExactly(2, 4, 0, 5, 1, 7, 6, 3);
  }
}
