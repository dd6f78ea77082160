package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.Origin;
import dev.runnel.datasets.generate.ListOps;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Tab-separated files of the Long Range Arena: ListOps, {@code basic_train.tsv}, {@code basic_val.tsv},
 * {@code basic_test.tsv} with a header {@code Source, Target}, and its forerunner {@code *_d20s.tsv} (answer, then
 * expression); and Retrieval, {@code new_aan_pairs.train.tsv}, {@code .eval.tsv}, {@code .test.tsv} (label, two ids, two
 * texts). Values are symbols of one channel: ListOps' 15 without parentheses; Retrieval's bytes, the texts parted by
 * {@value #BETWEEN}, each cut after {@value #LONGEST} bytes as the benchmark does.
 */
public final class LraFormat implements Format {
  private static final int LONGEST = 4000;
  private static final int BETWEEN = 256;

  @Override
  public String name() {
    return "lra";
  }

  @Override
  public List<String> suffixes() {
    return List.of();
  }

  @Override
  public boolean reads(Path file) {
    return String.valueOf(file.getFileName())
        .matches("(basic_(train|val|test)|\\w+_d20s|new_aan_pairs\\.(train|eval|test))\\.tsv(\\.gz)?");
  }

  @Override
  public @Nullable Path find(Path folder, String name, Part part) {
    for (String stem : switch (part) {
      case TRAIN -> List.of("basic_train", "new_aan_pairs.train", "train_d20s");
      case VALIDATION -> List.of("basic_val", "new_aan_pairs.eval");
      case TEST -> List.of("basic_test", "new_aan_pairs.test");
      case PARTIAL -> List.of("test_d20s");
    }) {
      Path file = Format.plainOrZipped(folder.resolve(stem + ".tsv"));
      if (file != null) {
        return file;
      }
    }
    return null;
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    boolean pairs = String.valueOf(file.getFileName()).startsWith("new_aan");
    to.origin(new Origin("Long Range Arena (Tay et al. 2021)", "Apache-2.0"));
    Lines.of(file, lines -> {
      if (pairs) {
        pairs(lines, to);
      } else {
        expressions(lines, to);
      }
    });
  }

  private static void expressions(Lines lines, DatasetBuilder to) {
    Map<String, Integer> symbols = new HashMap<>();
    ListOps.SYMBOLS.forEach(symbol -> symbols.put(symbol, symbols.size()));
    to.symbols(ListOps.SYMBOLS);
    to.classes(IntStream.range(0, 10).mapToObj(String::valueOf).toList());
    boolean answerFirst = true;
    for (boolean first = true; lines.nextFilled(); first = false) {
      if (first && lines.text().strip().equals("Source\tTarget")) {
        answerFirst = false;
        continue;
      }
      int tab = find(lines, 0, lines.length);
      int from = answerFirst ? tab + 1 : 0;
      int end = answerFirst ? lines.length : tab;
      while (from < end) {
        int stop = from;
        while (stop < end && lines.bytes[stop] != ' ') {
          stop++;
        }
        if (stop > from && !(stop == from + 1 && (lines.bytes[from] == '(' || lines.bytes[from] == ')'))) {
          String token = lines.text(from, stop);
          Integer symbol = symbols.get(token);
          if (symbol == null) {
            throw new IllegalArgumentException("one of the symbols " + ListOps.SYMBOLS + " expected, came '"
                + ByteSource.shown(token) + "'");
          }
          to.value(symbol);
        }
        from = stop + 1;
      }
      to.endChannel();
      String answer = answerFirst ? lines.text(0, tab) : lines.text(tab + 1, lines.length);
      to.endCase(to.classIndex(answer.strip()));
    }
  }

  private static int find(Lines lines, int from, int to) {
    for (int i = from; i < to; i++) {
      if (lines.bytes[i] == '\t') {
        return i;
      }
    }
    throw new IllegalArgumentException("fields parted by tabs expected, came none");
  }

  private static void pairs(Lines lines, DatasetBuilder to) {
    to.classes(List.of("0", "1"));
    while (lines.nextFilled()) {
      int[] tabs = new int[5];
      for (int i = 0; i < 4; i++) {
        tabs[i + 1] = find(lines, tabs[i], lines.length) + 1;
      }
      text(lines, tabs[3], tabs[4] - 1, to);
      to.value(BETWEEN);
      text(lines, tabs[4], lines.length, to);
      to.endChannel();
      String label = new String(lines.bytes, 0, tabs[1] - 1, StandardCharsets.UTF_8).strip();
      to.endCase(to.classIndex(label.endsWith(".0") ? label.substring(0, label.length() - 2) : label));
    }
  }

  private static void text(Lines lines, int from, int end, DatasetBuilder to) {
    for (int i = from; i < Math.min(end, from + LONGEST); i++) {
      to.value(lines.bytes[i] & 0xff);
    }
  }
}
