package dev.runnel.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** Standardising is fitted on the rows given; the time channel tells t / T. */
class ViewsTest {
  private static Dataset data(RootAllocator allocator) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "v", Storage.standard())) {
      builder.classes(List.of("x"));
      builder.add(new double[] {1, 5, 1e6, 3, 5, Double.NaN}, 3, 0);
      builder.add(new double[] {5, 5, 1e6 + 2, 7, 5, 1e6 + 4}, 3, 0);
      builder.add(new double[] {1000, -1, 0, 1000, -1, 0, 1000, -1, 0}, 3, 0);
      return builder.build();
    }
  }

  @Test
  void standardisingSeesTheTrainRowsOnly() {
    try (RootAllocator allocator = new RootAllocator(); Dataset data = data(allocator)) {
      Standardise fit = Standardise.fit(data, new int[] {0, 1});
      assertThat(fit.mean()).containsExactly(4, 5, 1e6 + 2);
      assertThat(fit.deviation()[0]).isCloseTo(Math.sqrt(5), within(1e-15));
      assertThat(fit.deviation()[1]).isEqualTo(1); // never changes
      assertThat(fit.deviation()[2]).isCloseTo(Math.sqrt(8 / 3.), within(1e-9)); // the missing one is left out
      double[] row = new double[9];
      Sequences seen = fit.over(data);
      seen.read(0, row);
      assertThat(row[0]).isCloseTo(-3 / Math.sqrt(5), within(1e-15));
      assertThat(row[1]).isZero();
      assertThat(row[5]).isNaN();
      seen.read(2, row);
      assertThat(row[0]).isCloseTo(996 / Math.sqrt(5), within(1e-12));
      assertThat(seen.missing()).isEqualTo(1);
      assertThat(fit).isEqualTo(Standardise.fit(data, new int[] {1, 0}));
    }
  }

  @Test
  void standardisedTrainRowsHaveMeanZeroAndDeviationOne() {
    try (RootAllocator allocator = new RootAllocator(); Dataset data = data(allocator)) {
      int[] train = {0, 2};
      Standardise again = Standardise.fit(Standardise.fit(data, train).over(data), train);
      for (int c = 0; c < 3; c++) {
        assertThat(again.mean()[c]).isCloseTo(0, within(1e-12));
        assertThat(again.deviation()[c]).isCloseTo(1, within(1e-12));
      }
    }
  }

  @Test
  void timeIsTheFirstOrTheLastChannel() {
    try (RootAllocator allocator = new RootAllocator(); Dataset data = data(allocator)) {
      double[] row = new double[12];
      Sequences first = TimeChannel.FIRST.over(data);
      assertThat(first.channels()).isEqualTo(4);
      first.read(1, row);
      assertThat(row).startsWith(0, 5, 5, 1e6 + 2, 1 / 3., 7, 5, 1e6 + 4);
      TimeChannel.LAST.over(data).read(2, row);
      assertThat(row).containsExactly(1000, -1, 0, 0, 1000, -1, 0, 1 / 3., 1000, -1, 0, 2 / 3.);
      assertThat(TimeChannel.NONE.over(data)).isSameAs(data);
      assertThat(TimeChannel.LAST.over(Standardise.fit(data, new int[] {0}).over(data)).label(2)).isZero();
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (RootAllocator allocator = new RootAllocator(); Dataset data = data(allocator)) {
      Standardise two = new Standardise(new double[2], new double[] {1, 1});
      assertThatThrownBy(() -> two.over(data)).hasMessage("standardise: 2 channels expected, came 3");
      assertThatThrownBy(() -> new Standardise(new double[1], new double[1])).hasMessageContaining("positive finite");
    }
  }
}
