package dev.runnel.datasets;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one should know of a dataset before using it.
 *
 * @param train rows of the TRAIN part; {@code validation} and {@code test} likewise
 * @param lengths distribution of the rows' lengths in steps: least, quartiles, most
 * @param classes rows by class name in the order of the labels; for {@link Target#STEPS} steps by class name
 * @param missing values that are NaN
 * @param rowsWithMissing rows that have any
 * @param sha256 of the content, see {@link Dataset#hash()}
 */
public record Card(String name, Origin origin, int rows, int train, int validation, int test, int channels,
    Lengths lengths, Target target, Map<String, Long> classes, int symbols, long values, long missing,
    int rowsWithMissing, Precision precision, boolean timeStamps, String sha256) {
  /** A distribution of lengths. */
  public record Lengths(int least, int lowerQuartile, int median, int upperQuartile, int most, double mean) {
    static Lengths of(Dataset data) {
      int[] sorted = new int[data.size()];
      Arrays.setAll(sorted, data::length);
      Arrays.sort(sorted);
      int last = sorted.length - 1;
      return new Lengths(sorted[0], sorted[last / 4], sorted[last / 2], sorted[(int) (last * 3L / 4)], sorted[last],
          Arrays.stream(sorted).asLongStream().sum() / (double) sorted.length);
    }
  }

  /** Reads all of a dataset once. */
  public static Card of(Dataset data) {
    Map<String, Long> classes = new LinkedHashMap<>();
    data.classes().forEach(name -> classes.put(name, 0L));
    double[] buffer = new double[Math.multiplyExact(data.maxLength(), data.channels())];
    int rowsWithMissing = 0;
    for (int row = 0; row < data.size(); row++) {
      if (data.target() == Target.CLASS) {
        classes.merge(data.classes().get(data.label(row)), 1L, Long::sum);
      }
      for (int t = 0; data.target() == Target.STEPS && t < data.length(row); t++) {
        int label = data.stepLabel(row, t);
        if (label >= 0) {
          classes.merge(data.classes().get(label), 1L, Long::sum);
        }
      }
      if (data.missing() > 0) {
        data.read(row, buffer);
        rowsWithMissing +=
            Arrays.stream(buffer, 0, data.length(row) * data.channels()).anyMatch(Double::isNaN) ? 1 : 0;
      }
    }
    return new Card(data.name(), data.origin(), data.size(), data.trainRows(), data.validationRows(),
        data.size() - data.trainRows() - data.validationRows(), data.channels(), Lengths.of(data), data.target(),
        classes, data.symbols().size(), data.values(), data.missing(), rowsWithMissing, data.precision(),
        data.timed(), data.hash());
  }
}
