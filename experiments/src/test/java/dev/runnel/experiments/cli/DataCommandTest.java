package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code runnel data}: what scripts read of it, and what it refuses. */
class DataCommandTest {
  @TempDir Path folder;

  private Path leaky() throws IOException {
    Path data = Files.createDirectories(folder.resolve("leaky"));
    StringBuilder train = new StringBuilder();
    for (int row = 0; row < 12; row++) {
      double x = row == 7 ? 3 : row; // row 7 repeats row 3 under another label
      train.append("'%s,%s,%s,%s\\n%s,%s,%s,%s',%s%n".formatted(
          x, x + 1, x * x, x - 2, x + 1, x * x, x - 2, 9 * x + 1, row % 2 == 0 ? "a" : row == 7 ? "a" : "b"));
    }
    String head = "@relation r\n@attribute r relational\n@attribute x numeric\n@end r\n@attribute c {a,b}\n@data\n";
    Files.writeString(data.resolve("leaky_TRAIN.arff"), head + train);
    Files.writeString(data.resolve("leaky_TEST.arff"), head + train.toString().lines().skip(10).findFirst().orElse("")
        + "\n'0,0,0,1\\n5,5,6,5',a\n");
    return folder;
  }

  @Test
  void describeFindsLeaksAndShiftedChannels() throws IOException {
    JsonNode card = Ran.here("data", "describe", "leaky", "--data", leaky().toString(), "--json").json();
    assertThat(card.get("rows").intValue()).isEqualTo(14);
    assertThat(card.get("test").intValue()).isEqualTo(2);
    assertThat(card.get("lengths").get("most").intValue()).isEqualTo(4);
    assertThat(card.get("classes")).hasToString("{\"a\":9,\"b\":5}");
    assertThat(card.get("duplicates")).hasToString("[[3,7],[10,12]]");
    assertThat(card.get("contradicting")).hasToString("[[3,7]]");
    assertThat(card.get("leaking")).hasToString("[[10,12]]");
    assertThat(card.get("shifted_channels")).isEmpty(); // broken by the last row
    JsonNode train = Ran.here("data", "describe", folder.resolve("leaky/leaky_TRAIN.arff").toString(), "--json").json();
    assertThat(train.get("shifted_channels").get(0).get("lag").intValue()).isEqualTo(1);
  }

  @Test
  void convertedFilesAreTheSameData() throws IOException {
    Path out = folder.resolve("new/leaky.arrow");
    JsonNode made = Ran.here(
        "data", "convert", "leaky", "--data", leaky().toString(), "--out", out.toString(), "--json").json();
    JsonNode card = Ran.here("data", "describe", out.toString(), "--json").json();
    assertThat(card.get("sha256")).isEqualTo(made.get("sha256"));
    assertThat(card.get("train").intValue()).isEqualTo(12);
  }

  @Test
  void generatedDataHasTheSizesAskedForAndLoadsByName() {
    String[] command = {"data", "generate", "adding", "--set", "length=20", "--set", "trainRows=30", "--seed", "7",
        "--as", "tiny", "--out", folder.toString(), "--json"};
    JsonNode made = Ran.here(command).json();
    JsonNode again = Ran.here("data", "describe", "tiny", "--data", folder.toString(), "--json").json();
    assertThat(again.get("sha256")).isEqualTo(made.get("sha256"));
    assertThat(again.get("train").intValue()).isEqualTo(30);
    assertThat(again.get("lengths").get("most").intValue()).isEqualTo(20);
    assertThat(again.get("source").stringValue()).contains("seed=7");
    Ran.here("data", "generate", "adding", "--set", "lenght=20", "--out", folder.toString()).refuses(2, "length");
  }

  @Test
  void mistakesAreOneLine() {
    for (String[] args : new String[][] {
        {"data", "describe", "no/such.ts"}, {"data", "describe", "nosuch"}, {"data", "convert", "gestures", "--out", "x"},
        {"data", "discribe"}}) {
      Ran ran = Ran.here(args);
      assertThat(ran.code()).as(String.join(" ", args)).isEqualTo(2);
      assertThat(ran.err().strip()).doesNotContain("\n", "Exception");
    }
  }
}
