package dev.runnel.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Views read what their definitions say, fitted ones from train rows alone. */
class TransformsTest {
  private final RootAllocator allocator = new RootAllocator();
  private Dataset data;

  @BeforeEach
  void make() {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "d", Storage.standard())) {
      builder.classes(List.of("x"));
      builder.add(new double[] {1, 10, 100, 2, 20, 200, 4, 40, 400}, 3, 0);
      builder.add(new double[] {5, 50, 500}, 3, 0);
      builder.add(new double[] {Double.NaN, 1, 7, 3, Double.NaN, 7, Double.NaN, Double.NaN, 7, 9, 4, 7}, 3, 0);
      data = builder.build();
    }
  }

  @AfterEach
  void close() {
    data.close();
    allocator.close();
  }

  private static double[] row(Sequences data, int row) {
    double[] values = new double[data.length(row) * data.channels()];
    data.read(row, values);
    return values;
  }

  @Test
  void channelsAreDropped() {
    assertThat(row(View.dropFirstChannel(data), 0)).containsExactly(10, 100, 20, 200, 40, 400);
    assertThat(row(View.without(data, 1), 1)).containsExactly(5, 500);
    assertThatThrownBy(() -> View.without(data, 3)).hasMessageContaining("a channel in [0, 3) expected, came 3");
    assertThatThrownBy(() -> View.without(data, 0, 1, 2)).hasMessageContaining("at least one channel must stay");
  }

  @Test
  void lengthsAreChanged() {
    Sequences first = View.without(data, 1, 2);
    assertThat(row(View.resample(first, 5), 0)).containsExactly(1, 1.5, 2, 3, 4);
    assertThat(row(View.resample(first, 2), 0)).containsExactly(1, 4);
    assertThat(row(View.resample(first, 3), 1)).containsExactly(5, 5, 5);
    assertThat(row(View.crop(first, 1), 0)).containsExactly(2);
    assertThat(row(View.crop(first, 2), 1)).containsExactly(5);
    Sequences padded = View.pad(View.without(data, 0, 1), 4);
    assertThat(row(padded, 0)).containsExactly(100, 200, 400, 0);
    assertThat(padded.length(1)).isEqualTo(4);
    assertThatThrownBy(() -> View.pad(data, 3)).hasMessageContaining("at least 4 steps expected");
    Sequences patches = View.patches(View.without(data, 2), 2);
    assertThat(patches.channels()).isEqualTo(4);
    assertThat(patches.maxLength()).isEqualTo(2);
    assertThat(row(patches, 0)).containsExactly(1, 10, 2, 20, 4, 40, 0, 0);
  }

  @Test
  void symbolsBecomeChannels() {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "s", Storage.standard())) {
      builder.unlabelled();
      builder.symbols(List.of("a", "b", "c"));
      builder.timeMajor(new double[] {2, 0}, 2, 1).endCase();
      try (Dataset symbols = builder.build()) {
        assertThat(row(View.oneHot(symbols), 0)).containsExactly(0, 0, 1, 1, 0, 0);
      }
    }
    assertThatThrownBy(() -> View.oneHot(data)).hasMessageContaining("one channel of symbols expected");
  }

  @Test
  void missingValuesAreFilledAsNamed() {
    int[] train = {0, 1};
    double[] zero = row(Impute.fit(Impute.Method.ZERO, data, train).over(data), 2);
    assertThat(zero).containsExactly(0, 1, 7, 3, 0, 7, 0, 0, 7, 9, 4, 7);
    double[] mean = row(Impute.fit(Impute.Method.MEAN, data, train).over(data), 2);
    assertThat(mean).containsExactly(3, 1, 7, 3, 30, 7, 3, 30, 7, 9, 4, 7);
    double[] previous = row(Impute.fit(Impute.Method.PREVIOUS, data, train).over(data), 2);
    assertThat(previous).containsExactly(3, 1, 7, 3, 1, 7, 3, 1, 7, 9, 4, 7);
    Sequences linear = Impute.fit(Impute.Method.LINEAR, data, train).over(data);
    assertThat(row(linear, 2)).containsExactly(3, 1, 7, 3, 2, 7, 6, 3, 7, 9, 4, 7);
    assertThat(linear.missing()).isZero();
    Sequences masked = Impute.masked(data, linear);
    assertThat(masked.channels()).isEqualTo(6);
    assertThat(row(masked, 2)).startsWith(3, 1, 7, 0, 1, 1, 3, 2, 7, 1, 0, 1);
  }

  @Test
  void robustScalingSeesNoOutliers() {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "r", Storage.standard())) {
      builder.unlabelled();
      builder.timeMajor(new double[] {1, 2, 3, 4, 1e9}, 5, 1).endCase();
      builder.timeMajor(new double[] {-1e9}, 1, 1).endCase();
      try (Dataset outliers = builder.build()) {
        Standardise fit = Standardise.robust(outliers, new int[] {0});
        assertThat(fit.mean()).containsExactly(3);
        assertThat(fit.deviation()[0]).isCloseTo(2 / 1.349, within(1e-12));
      }
    }
  }

  @Test
  void augmentationIsDrawnByEpochAndRowAndTouchesTrainRowsOnly() {
    AtomicInteger epoch = new AtomicInteger();
    Sequences changed = new Augment(0.1, 0.1, 0.2, 0.5).over(data, new int[] {0}, 7, epoch::get);
    double[] first = row(changed, 0);
    assertThat(row(changed, 0)).isEqualTo(first).isNotEqualTo(row(data, 0));
    epoch.set(1);
    assertThat(row(changed, 0)).isNotEqualTo(first);
    epoch.set(0);
    assertThat(row(changed, 0)).isEqualTo(first);
    assertThat(row(changed, 1)).isEqualTo(row(data, 1));
    assertThat(Augment.NONE.over(data, new int[] {0}, 7, epoch::get)).isSameAs(data);
    assertThatThrownBy(() -> new Augment(0, 0, 0.3, 0)).hasMessageContaining("warp in [0, 0.25)");
  }

  @Test
  void eachAugmentationDoesWhatItSays() {
    double[] plain = row(data, 0);
    double[] rotated = row(new Augment(0, 0, 0, Math.PI).over(data, new int[] {0}, 1, () -> 0), 0);
    for (int t = 0; t < 3; t++) { // lengths and angles stay
      assertThat(dot(rotated, t, t)).isCloseTo(dot(plain, t, t), within(1e-9 * dot(plain, t, t)));
      assertThat(dot(rotated, 0, t)).isCloseTo(dot(plain, 0, t), within(1e-9 * dot(plain, 0, t)));
    }
    double[] scaled = row(new Augment(0, 0.5, 0, 0).over(data, new int[] {0}, 1, () -> 0), 0);
    for (int c = 0; c < 3; c++) {
      assertThat(scaled[3 + c] / scaled[c]).isCloseTo(2, within(1e-12));
      assertThat(scaled[c]).isNotEqualTo(plain[c]);
    }
    double[] warped = row(new Augment(0, 0, 0.24, 0).over(data, new int[] {0}, 1, () -> 0), 0);
    assertThat(new double[] {warped[0], warped[6]}).containsExactly(1, 4); // both ends stay
    assertThat(warped[3]).isBetween(1.0, 4.0).isNotEqualTo(2);
  }

  private static double dot(double[] values, int a, int b) {
    return values[3 * a] * values[3 * b] + values[3 * a + 1] * values[3 * b + 1] + values[3 * a + 2] * values[3 * b + 2];
  }
}
