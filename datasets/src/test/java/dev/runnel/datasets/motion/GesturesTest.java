package dev.runnel.datasets.motion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Split;
import dev.runnel.datasets.Storage;
import java.util.Arrays;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** The gestures' classes are carried by order and by nothing else. */
class GesturesTest {
  private static double[][] statistics(Dataset data, int parts) {
    double[][] x = new double[data.size()][];
    for (int row = 0; row < x.length; row++) {
      x[row] = OrderFree.statistics(data, row, parts);
    }
    return x;
  }

  private static int[] labels(Dataset data) {
    int[] y = new int[data.size()];
    for (int row = 0; row < y.length; row++) {
      y[row] = data.label(row);
    }
    return y;
  }

  @Test
  void statisticsWithoutOrderDoNotTellAGestureFromItsReversal() {
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = Gestures.standard().load(allocator, Storage.standard())) {
      double[][] x = statistics(data, 1);
      int[] y = labels(data);
      double logistic = OrderFree.logistic(x, y, data.trainRows(), 8);
      double neighbours = OrderFree.neighbours(x, y, data.trainRows(), 8);
      double pairs = OrderFree.logistic(x, Arrays.stream(y).map(k -> k % 4).toArray(), data.trainRows(), 4);
      System.out.printf("gestures, order-free: logistic %.3f, neighbours %.3f; the four pairs %.3f%n", logistic,
          neighbours, pairs);
      assertThat(logistic).isLessThan(0.65);
      assertThat(neighbours).isLessThan(0.65);
      assertThat(pairs).isGreaterThan(0.8); // the motions differ; what is hidden is their order
    }
  }

  @Test
  void orderCarriesTheClass() {
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = Gestures.standard().load(allocator, Storage.standard())) {
      double accuracy = OrderFree.logistic(statistics(data, 2), labels(data), data.trainRows(), 8);
      System.out.printf("gestures, statistics of each half: logistic %.3f%n", accuracy);
      assertThat(accuracy).isGreaterThan(0.85);
    }
  }

  @Test
  void theyAreBalancedAndTheSameEachTime() {
    long start = System.nanoTime();
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = Gestures.standard().load(allocator, Storage.standard());
        Dataset again = Gestures.standard().load(allocator, Storage.standard());
        Dataset other = new Gestures(1, 640, 320, 96).load(allocator, Storage.standard())) {
      System.out.printf("gestures: three times made in %.2f s%n", (System.nanoTime() - start) / 1e9);
      assertThat(data.hash()).isEqualTo(again.hash()).isNotEqualTo(other.hash());
      assertThat(data.size()).isEqualTo(960);
      assertThat(data.trainRows()).isEqualTo(640);
      assertThat(data.maxLength()).isEqualTo(96);
      assertThat(data.channels()).isEqualTo(6);
      int[] counts = new int[8];
      for (int row = 0; row < 640; row++) {
        counts[data.label(row)]++;
      }
      assertThat(counts).containsOnly(80);
      Split split = Split.official(data, 1);
      assertThat(split.train()).hasSize(512);
      assertThat(split.validation()).hasSize(128);
      assertThat(split.test()).hasSize(320);
    }
  }

  @Test
  void sizesAreChecked() {
    assertThatThrownBy(() -> new Gestures(1, 0, 1, 96)).hasMessageContaining("at least 1 train row");
  }
}
