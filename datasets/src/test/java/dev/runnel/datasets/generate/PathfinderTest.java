package dev.runnel.datasets.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** Pictures hold two discs and as many dashes as said, none touching another. */
class PathfinderTest {
  /** Sizes of connected areas (8 neighbours) of pixels that a predicate of brightness picks. */
  private static int[] areas(double[] picture, int size, double over) {
    boolean[] seen = new boolean[picture.length];
    int[] areas = new int[picture.length];
    int count = 0;
    for (int start = 0; start < picture.length; start++) {
      if (seen[start] || picture[start] <= over) {
        continue;
      }
      Deque<Integer> open = new ArrayDeque<>();
      open.push(start);
      seen[start] = true;
      while (!open.isEmpty()) {
        int at = open.pop();
        areas[count]++;
        for (int d = 0; d < 9; d++) {
          int x = at % size + d % 3 - 1;
          int y = at / size + d / 3 - 1;
          int next = y * size + x;
          if (x >= 0 && y >= 0 && x < size && y < size && !seen[next] && picture[next] > over) {
            seen[next] = true;
            open.push(next);
          }
        }
      }
      count++;
    }
    return Arrays.copyOf(areas, count);
  }

  @Test
  void picturesHoldTwoDiscsAndSeparateDashes() {
    PathfinderImage large = PathfinderImage.large();
    for (int i = 0; i < 6; i++) {
      double[] picture = large.draw(i % 2 == 0, new SplitMix(2, i));
      assertThat(Arrays.stream(picture).allMatch(p -> p >= 0 && p <= 1)).isTrue();
      int[] discs = areas(picture, 128, 0.95); // brighter than dashes
      assertThat(Arrays.stream(discs).boxed()).as("picture " + i).hasSize(2).allMatch(area -> area > 18 && area < 35); // pi 3^2 = 28
      int[] dashes = areas(picture, 128, 0.6);
      assertThat(dashes.length).as("picture " + i).isBetween(55, 62); // 2 x 14 + 8 x 4, discs over the ends of some
    }
  }

  @Test
  void rowsAreThePicturesAndClassesAreFair() {
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = new Pathfinder(5, 300, 20, 20, 32).load(allocator, Storage.standard())) {
      assertThat(data.length(0)).isEqualTo(1024);
      long ones = java.util.stream.IntStream.range(0, 340).filter(row -> data.label(row) == 1).count();
      assertThat(ones).isBetween(130L, 210L);
      double[] row = new double[1024];
      for (int r = 0; r < 340; r++) {
        data.read(r, row);
        int[] discs = areas(Arrays.stream(row).map(p -> p / 255).toArray(), 32, 0.9);
        assertThat(discs.length).as("row " + r).isBetween(1, 2); // two may touch
      }
      assertThat(data.validationRows()).isEqualTo(20);
    }
    assertThatThrownBy(() -> new Pathfinder(0, 1, 0, 0, 64)).hasMessageContaining("a size of 32 or 128");
  }
}
