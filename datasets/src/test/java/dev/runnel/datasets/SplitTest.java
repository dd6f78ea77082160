package dev.runnel.datasets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Splits: what each part may hold, and that a split is the same each time. */
class SplitTest {
  @TempDir Path folder;

  /** 100 TRAIN rows (classes 0, 1, 2 as 50, 40, 10), 50 TEST rows; row r has the single value (37 r) mod 140. */
  private static Dataset data(RootAllocator allocator) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, "s", Storage.standard())) {
      builder.classes(List.of("a", "b", "c"));
      for (int row = 0; row < 150; row++) {
        if (row == 100) {
          builder.beginTest();
        }
        int in = row % 100;
        builder.add(new double[] {37 * row % 140}, 1, in < 50 ? 0 : in < 90 ? 1 : 2);
      }
      return builder.build();
    }
  }

  private static int[] all(Split split) {
    return Stream.of(split.train(), split.validation(), split.test()).flatMapToInt(Arrays::stream).sorted().toArray();
  }

  @Test
  void officialTestIsTheArchivesAndValidationIsStratified() {
    try (RootAllocator allocator = new RootAllocator(); Dataset data = data(allocator)) {
      Split split = Split.official(data, 3);
      assertThat(split.test()).containsExactly(IntStream.range(100, 150).toArray());
      assertThat(all(split)).containsExactly(IntStream.range(0, 150).toArray());
      int[] counts = new int[3];
      for (int row : split.validation()) {
        counts[data.label(row)]++;
      }
      assertThat(counts).containsExactly(10, 8, 2);
      assertThat(Split.official(data, 3)).isEqualTo(split);
      assertThat(Split.official(data, 4)).isNotEqualTo(split);
    }
  }

  @Test
  void smallClassesKeepATrainRow() {
    try (RootAllocator allocator = new RootAllocator();
        DatasetBuilder builder = new DatasetBuilder(allocator, "t", Storage.standard())) {
      builder.classes(List.of("a", "b", "c", "d"));
      for (int row = 0; row < 9; row++) {
        builder.add(new double[] {row}, 1, row < 6 ? 0 : row - 5);
      }
      builder.beginTest();
      builder.add(new double[] {1}, 1, 0);
      try (Dataset data = builder.build()) {
        for (int seed = 0; seed < 20; seed++) {
          Split split = Split.official(data, seed);
          assertThat(split.train()).contains(6, 7, 8);
          assertThat(split.validation()).hasSize(2);
        }
      }
    }
  }

  @Test
  void thePapersSplitKeepsEqualRowsOnce() {
    try (RootAllocator allocator = new RootAllocator(); Dataset data = data(allocator)) {
      for (int seed : Split.PAPER_SEEDS) {
        Split split = Split.paper(data, seed);
        assertThat(split.train()).hasSize(98);
        assertThat(split.validation()).hasSize(21);
        assertThat(all(split)).containsExactly(IntStream.range(0, 140).toArray()); // of equal rows the first
        assertThat(Split.paper(data, seed)).isEqualTo(split);
      }
      assertThat(Split.paper(data, 2345)).isNotEqualTo(Split.paper(data, 3456));
    }
  }

  @Test
  void thePapersSplitDependsOnValuesNotOnFileOrder() {
    try (RootAllocator allocator = new RootAllocator();
        DatasetBuilder forward = new DatasetBuilder(allocator, "f", Storage.standard());
        DatasetBuilder backward = new DatasetBuilder(allocator, "b", Storage.standard())) {
      forward.unlabelled();
      backward.unlabelled();
      for (int i = 0; i < 60; i++) {
        forward.value(i % 7);
        forward.value(i == 3 ? Double.NaN : i);
        forward.endChannel();
        forward.endCase();
        int j = 59 - i;
        backward.value(j % 7);
        backward.value(j == 3 ? Double.NaN : j);
        backward.endChannel();
        backward.endCase();
      }
      try (Dataset a = forward.build(); Dataset b = backward.build()) {
        assertThat(Split.paper(a, 1).train()).containsExactly(
            Arrays.stream(Split.paper(b, 1).train()).map(row -> 59 - row).toArray());
      }
    }
  }

  @Test
  void aFileOfSplitsGivesItsRows() throws IOException {
    Path file = Files.writeString(folder.resolve("s.json"),
        "{\"n_rows\": 150, \"seeds\": {\"7\": {\"val\": [3], \"test\": [149, 0], \"train_available\": [2, 1]}}}");
    try (RootAllocator allocator = new RootAllocator(); Dataset data = data(allocator)) {
      Split split = Split.file(file, data, 7);
      assertThat(split).isEqualTo(new Split(new int[] {2, 1}, new int[] {3}, new int[] {149, 0}));
      assertThatThrownBy(() -> Split.file(file, data, 8))
          .hasMessage(file + ": one of the seeds [7] expected, came 8");
    }
  }

  @Test
  void aFileOfSplitsIsNotTrusted() throws IOException {
    try (RootAllocator allocator = new RootAllocator(); Dataset data = data(allocator)) {
      String[][] cases = {
          {"", "a JSON object expected"}, {"[]", "a JSON object expected"}, {"{\"seeds\": 3}", "seeds: a JSON object"},
          {"{\"seeds\": {\"7\": [", "JSON expected"}, {"{\"n_rows\": 9, \"seeds\": {}}", "n_rows 150 expected"},
          {part("[1]", "[2]", "[150]"), "rows in [0, 150) expected for s, came 150"},
          {part("[1]", "[2]", "[-1]"), "a row of at least 0 expected in test, came -1"},
          {part("[1]", "[2, 2]", "[3]"), "row 2 of validation comes a second time"},
          {part("[1]", "[2]", "[1]"), "row 1 of test comes a second time"},
          {part("[]", "[2]", "[1]"), "at least one train row expected"},
          {part("[1.5]", "[2]", "[3]"), "whole numbers expected, came 1.5"},
          {part("[99999999999]", "[2]", "[3]"), "whole numbers expected"},
          {part("{}", "[2]", "[3]"), "seeds.7.train: an array of rows expected"},
          {"{\"seeds\": {\"7\": {\"val\": [1], \"test\": [2]}}}", "seeds.7.train: an array of rows expected"},
          {"{\"seeds\": {}, \"seeds\": {}}", "JSON expected"}, {"[".repeat(5000), "JSON expected"}};
      for (String[] c : cases) {
        Path file = Files.writeString(folder.resolve("bad.json"), c[0]);
        assertThatThrownBy(() -> Split.file(file, data, 7)).as(c[1])
            .isInstanceOf(IllegalArgumentException.class)
            .satisfies(e -> assertThat(e.getMessage()).startsWith(file.toString()).contains(c[1]).doesNotContain("\n"));
      }
      assertThatThrownBy(() -> Split.file(folder.resolve("none"), data, 7)).hasMessageEndingWith("none: no such file");
    }
  }

  private static String part(String train, String validation, String test) {
    return "{\"seeds\": {\"7\": {\"train\": " + train + ", \"val\": " + validation + ", \"test\": " + test + "}}}";
  }

  @Test
  void thereIsNoOfficialSplitWithoutTest() {
    try (RootAllocator allocator = new RootAllocator();
        DatasetBuilder builder = new DatasetBuilder(allocator, "t", Storage.standard())) {
      builder.unlabelled();
      builder.value(1);
      builder.endChannel();
      builder.endCase();
      try (Dataset data = builder.build()) {
        assertThatThrownBy(() -> Split.official(data, 1)).hasMessageContaining("t has no TEST part");
      }
    }
  }
}
