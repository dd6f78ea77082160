package dev.runnel.experiments.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Rows of two classes, slow and quick waves under noise, as .ts text. Values are multiples of 1/64, so that they are
 * the same numbers as text, float and double.
 *
 * @param rows row, channel, step
 */
record TinyData(List<List<List<Double>>> rows, List<String> labels) {

  /** Rows of this many steps, or of 60 % to 100 % of them. */
  static TinyData waves(int count, int channels, int steps, boolean unequal, long seed) {
    var random = new SplittableRandom(seed);
    var rows = new ArrayList<List<List<Double>>>();
    var labels = new ArrayList<String>();
    for (int row = 0; row < count; row++) {
      int length = unequal ? steps - random.nextInt(Math.max(1, steps * 2 / 5)) : steps;
      var channelRows = new ArrayList<List<Double>>();
      for (int c = 0; c < channels; c++) {
        var values = new ArrayList<Double>();
        for (int t = 0; t < length; t++) {
          double wave = Math.sin(t * (row % 2 == 0 ? 0.3 : 0.9) + c) + 0.2 * random.nextGaussian();
          values.add(Math.rint(wave * 64) / 64);
        }
        channelRows.add(values);
      }
      rows.add(channelRows);
      labels.add(row % 2 == 0 ? "slow" : "quick");
    }
    return new TinyData(rows, labels);
  }

  /** The file's text, with labels or without. */
  String ts(boolean labelled) {
    boolean equal = rows.stream().mapToInt(r -> r.getFirst().size()).distinct().count() == 1;
    var text = new StringBuilder("@problemName waves\n@timeStamps false\n@univariate false\n");
    text.append("@dimensions ").append(rows.getFirst().size()).append("\n@equalLength ").append(equal).append('\n');
    text.append(labelled ? "@classLabel true slow quick\n@data\n" : "@classLabel false\n@data\n");
    for (int row = 0; row < rows.size(); row++) {
      text.append(rows.get(row).stream().map(TinyData::joined).collect(Collectors.joining(":")));
      text.append(labelled ? ":" + labels.get(row) : "").append('\n');
    }
    return text.toString();
  }

  /** A line a step of two channels. */
  String csv() {
    var text = new StringBuilder("row,a,b,wave\n");
    for (int row = 0; row < rows.size(); row++) {
      var channels = rows.get(row);
      for (int t = 0; t < channels.getFirst().size(); t++) {
        text.append("%d,%s,%s,%s%n".formatted(row, channels.get(0).get(t), channels.get(1).get(t), labels.get(row)));
      }
    }
    return text.toString();
  }

  private static String joined(List<Double> values) {
    return values.stream().map(v -> String.format(Locale.ROOT, "%.6f", v)).collect(Collectors.joining(","));
  }

  /** Writes NAME/NAME_TRAIN.ts and _TEST.ts. */
  static Path archive(Path folder, String name, boolean unequal) throws IOException {
    var place = Files.createDirectories(folder.resolve(name));
    Files.writeString(place.resolve(name + "_TRAIN.ts"), waves(24, 2, 20, unequal, 1).ts(true));
    Files.writeString(place.resolve(name + "_TEST.ts"), waves(12, 2, 20, unequal, 2).ts(true));
    return folder;
  }
}
