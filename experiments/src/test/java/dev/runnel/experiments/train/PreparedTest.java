package dev.runnel.experiments.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.datasets.Augment;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.Impute;
import dev.runnel.datasets.Split;
import dev.runnel.datasets.Storage;
import dev.runnel.datasets.motion.Alignment;
import dev.runnel.experiments.config.DataConfig;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** What a config's data section does to rows, and that it is fitted on train rows. */
class PreparedTest {
  private static final Split SPLIT = new Split(new int[] {0, 1}, new int[] {2}, new int[] {3});

  private static Dataset data(RootAllocator allocator, double odd) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "d", Storage.standard())) {
      builder.classes(List.of("x"));
      for (int row = 0; row < 4; row++) {
        builder.add(new double[] {row, 10 + row, 5, row == 3 ? odd : row + 2, 14 + row, 9}, 3, 0);
      }
      return builder.build();
    }
  }

  private static DataConfig config(DataConfig.Transforms transforms, Augment augment) {
    return new DataConfig("d", "official", true, true, transforms, augment);
  }

  @Test
  void aChainOfTransformsIsFittedOnTrainRows() {
    var transforms = new DataConfig.Transforms(
        true, false, false, Alignment.NONE, 0, 0, false, Impute.Method.MEAN, true, 0, 2);
    try (var allocator = new RootAllocator(); var data = data(allocator, 1e9)) {
      var prepared = Prepared.of(data, SPLIT, config(transforms, Augment.NONE), 0);
      var sequences = prepared.sequences();
      assertThat(sequences.channels()).isEqualTo(1 + 2 * (2 + 2)); // time, two steps of two values and two masks
      assertThat(prepared.standard().mean()).containsExactly(12.5, 7); // rows 0 and 1, channel 0 dropped
      assertThat(prepared.fill().mean()).containsExactly(new double[2], within(1e-12));
      double[] row = new double[9];
      sequences.read(0, row);
      assertThat(row[0]).isZero();
      assertThat(row[3]).isEqualTo(1);
      assertThat(sequences.length(0)).isEqualTo(1);
    }
  }

  @Test
  void missingValuesAreRefusedUntilAMethodIsNamed() {
    try (var allocator = new RootAllocator(); var data = data(allocator, Double.NaN)) {
      var none = config(DataConfig.Transforms.NONE, Augment.NONE);
      assertThatThrownBy(() -> Prepared.of(data, SPLIT, none, 0))
          .hasMessage("d: no missing values expected, 1 came; nothing is filled in silently: "
              + "set data.transforms.missing to zero, mean, previous or linear");
      var linear = new DataConfig.Transforms(
          false, false, false, Alignment.NONE, 0, 0, false, Impute.Method.LINEAR, false, 0, 1);
      var sequences = Prepared.of(data, SPLIT, config(linear, Augment.NONE), 0).sequences();
      double[] row = new double[8];
      sequences.read(3, row);
      assertThat(row).doesNotContain(Double.NaN);
    }
  }

  @Test
  void augmentationChangesWithTheEpochAndOnlyTrainRows() {
    try (var allocator = new RootAllocator(); var data = data(allocator, 5)) {
      var prepared = Prepared.of(data, SPLIT, config(DataConfig.Transforms.NONE, new Augment(0.1, 0, 0, 0.3)), 4);
      var plain = Prepared.of(data, SPLIT, config(DataConfig.Transforms.NONE, Augment.NONE), 4);
      double[] first = new double[8];
      double[] second = new double[8];
      prepared.sequences().read(0, first);
      prepared.epoch().set(1);
      prepared.sequences().read(0, second);
      assertThat(second).isNotEqualTo(first);
      prepared.sequences().read(3, second);
      plain.sequences().read(3, first);
      assertThat(second).isEqualTo(first);
    }
  }
}
