package dev.runnel.datasets.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Precision;
import dev.runnel.datasets.Storage;
import dev.runnel.datasets.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each rule of the format, one test; and after each test no memory is left. */
class TsReaderTest {
  private static final String HEAD = "@problemName T\n@timeStamps false\n@univariate false\n";
  private static final String TWO = HEAD
      + "@dimensions 2\n@equalLength true\n@seriesLength 3\n@classLabel true a B\n@data\n";

  private final RootAllocator allocator = new RootAllocator();

  @TempDir Path folder;

  @AfterEach
  void nothingLeaks() {
    assertThat(allocator.getAllocatedMemory()).isZero();
    allocator.close();
  }

  private Path file(byte[] content) {
    try {
      return Files.write(folder.resolve("T.ts"), content);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path file(String content) {
    return file(content.getBytes(StandardCharsets.UTF_8));
  }

  private Dataset read(String content) {
    return TsReader.read(allocator, "T", file(content), Storage.standard());
  }

  private void refused(String content, String... parts) {
    refused(file(content), Storage.standard(), parts);
  }

  private void refused(Path file, Storage storage, String... parts) {
    assertThatThrownBy(() -> TsReader.read(allocator, "T", file, storage))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(e -> assertThat(e.getMessage()).startsWith(file.toString()).contains(parts).doesNotContain("\n"));
  }

  private static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(content);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  @Test
  void channelsBecomeColumnsOfSteps() {
    try (Dataset data = read(TWO + "1,2,3:4,5,6.5:a\n-1,0,1e2:.5,6,7:B\n")) {
      assertThat(data.size()).isEqualTo(2);
      assertThat(data.channels()).isEqualTo(2);
      assertThat(data.classes()).containsExactly("a", "B");
      double[] row = new double[6];
      data.read(0, row);
      assertThat(row).containsExactly(1, 4, 2, 5, 3, 6.5);
      assertThat(data.value(1, 2, 0)).isEqualTo(100);
      assertThat(data.labels(new int[] {0, 1})).containsExactly(0, 1);
      assertThat(data.trainRows()).isEqualTo(2);
    }
  }

  @Test
  void labelsKeepTheirCase() {
    refused(TWO + "1,2,3:4,5,6:b\n", ":9:", "label 'b' is not in @classLabel's list of 2", "nearest: B");
  }

  @Test
  void commentsMayStandOnAnyLineOfTheirOwn() {
    try (Dataset data = read("%x\n#y\n" + TWO + "# c\n1,2,3:4,5,6:a\n  % d\n1,2,3:4,5,6:B\n#")) {
      assertThat(data.size()).isEqualTo(2);
    }
    refused("hello\n" + TWO, ":1:", "a @tag, a # comment or @data expected, came 'hello'");
  }

  @Test
  void dimensionsAndSeriesLengthAreChecked() {
    refused(TWO + "1,2,3:a\n", ":9:", "2 channels expected (@dimensions), came 1");
    refused(TWO + "1,2,3:1,2,3:1,2,3:1,2,3:a\n", "2 channels expected (@dimensions), came 4");
    refused(TWO + "1,2,3,4:4,5,6,7:a\n", "length 3 expected (@seriesLength), came 4");
    refused(TWO.replace("@dimensions 2", "@dimensions 999999999") + "1,2,3:4,5,6:a\n",
        "999999999 channels expected (@dimensions), came 2");
    refused(TWO.replace("@dimensions 2", "@dimensions 99999999999") + "1,2,3:4,5,6:a\n", ":4:", "'99999999999'");
    refused(TWO.replace("@univariate false", "@univariate true"), "@univariate true, but @dimensions 2");
  }

  @Test
  void aLabelMustBeInTheHeadersList() {
    refused("@classLabel true banana apple\n@data\n1,2:banane\n", ":3:", "label 'banane'", "nearest: banana");
  }

  @Test
  void missingValuesAreWholeValuesOnly() {
    try (Dataset data = read("@classLabel true banana ?\n@missing true\n@data\n?,NaN,nan:banana\n 1 , ? ,3 : ?\n")) {
      assertThat(data.missing()).isEqualTo(4);
      assertThat(data.value(0, 1, 0)).isNaN();
      assertThat(data.value(1, 2, 0)).isEqualTo(3);
      assertThat(data.classes().get(data.label(0))).isEqualTo("banana");
      assertThat(data.label(1)).isEqualTo(1);
    }
    refused("@classLabel true a\n@data\n1,?2:a\n", ":3:", "channel 0, step 1", "came '?2'");
    refused("@classLabel true a\n@data\n1,banana:a\n", "came 'banana'");
    refused("@classLabel true a\n@data\n1,nano:a\n", "came 'nano'");
  }

  @Test
  void whiteSpaceRoundLabelsAndValuesIsStripped() {
    try (Dataset data = read(TWO + " 1, 2 ,3\t: 4,5,6 : \ta \t\n")) {
      assertThat(data.value(0, 2, 0)).isEqualTo(3);
      assertThat(data.label(0)).isZero();
    }
  }

  @Test
  void blankLinesAreAllowed() {
    try (Dataset data = read("\n \n" + TWO + "\n1,2,3:4,5,6:a\n \t\n\n")) {
      assertThat(data.size()).isEqualTo(1);
    }
  }

  @Test
  void emptyChannelsAndTrailingCommasAreErrors() {
    refused(TWO + "1,2,3::a\n", ":9:", "channel 1 is empty");
    refused(TWO + ":1,2,3:a\n", "channel 0 is empty");
    refused(TWO + "1,2,3,:4,5,6:a\n", "channel 0, step 3", "came nothing");
    refused(TWO + "1,,3:4,5,6:a\n", "channel 0, step 1", "came nothing");
    refused(TWO + "1,2,3:4,5,6:\n", "label ''");
  }

  @Test
  void lengthsAreAsDeclared() {
    String free = HEAD + "@equalLength false\n@classLabel true a\n@data\n";
    try (Dataset data = read(free + "1,2:3,4:a\n1:2:a\n1,2,3:4,5,6:a\n")) {
      assertThat(data.lengths(new int[] {0, 1, 2})).containsExactly(2, 1, 3);
      assertThat(data.minLength()).isEqualTo(1);
      assertThat(data.maxLength()).isEqualTo(3);
      assertThat(data.value(2, 0, 1)).isEqualTo(4);
    }
    refused(free + "1,2:3:a\n", ":7:", "channel 0 has 2 values, channel 1 has 1");
    refused(HEAD + "@classLabel true a\n@data\n1,2:3,4:a\n1:2:a\n", "length 2 expected as in the first case, came 1",
        "@equalLength false");
    refused(free.replace("@equalLength false", "@equalLength false\n@seriesLength 2") + "1,2,3:4,5,6:a\n",
        "at most 2 steps");
  }

  @Test
  void channelCountMayNotVary() {
    refused(HEAD + "@classLabel true a\n@data\n1,2:3,4:a\n1,2:a\n", ":7:", "2 channels expected (as before), came 1");
    refused(HEAD + "@classLabel true a\n@data\n1,2:3,4:a\n1,2:3,4:5,6:a\n", "2 channels expected (as before), came 3");
  }

  @Test
  void timeStampsAreWholeTuples() {
    String head = "@timeStamps true\n@equalLength false\n@classLabel true a\n@data\n";
    try (Dataset data = read(head + "(-1,5),(0,6.5),(2.5,-7):(-1,1),(0,2),(2.5,?):a\n( 1 , 2 ):(1,3):a\n")) {
      assertThat(data.timed()).isTrue();
      assertThat(data.time(0, 0)).isEqualTo(-1);
      assertThat(data.time(0, 2)).isEqualTo(2.5);
      assertThat(data.time(1, 0)).isEqualTo(1);
      assertThat(data.value(0, 2, 0)).isEqualTo(-7);
      assertThat(data.channels()).isEqualTo(2);
      assertThat(data.missing()).isEqualTo(1);
    }
    try (Dataset data = read(head + "(2007-01-01 00:00:00,1),(2007-01-01T00:01:00.5,2),(2007-01-02,3):a\n")) {
      assertThat(data.time(0, 0)).isEqualTo(1167609600);
      assertThat(data.time(0, 1)).isEqualTo(1167609660.5);
      assertThat(data.time(0, 2)).isEqualTo(1167696000);
    }
    refused(head + "(0,1),(2007-01-01,2):a\n", ":5:", "time stamps all numbers as before");
    refused(head + "(0,1):(1,2):a\n", "share their time stamps");
    refused(head + "1,2:a\n", "(time,value) expected");
    refused(head + "(1,2,3):a\n", "(time,value) expected");
    refused(head + "(1):a\n", "(time,value)");
    refused(head + "(yesterday,1):a\n", "an ISO date-time first");
    refused("@timeStamps false\n@classLabel true a\n@data\n(1,2):a\n", "@timeStamps true");
  }

  @Test
  void targetsAreNumbers() {
    try (Dataset data = read("@targetlabel true\n@data\n1,2:0.5\n3,4: -2e1 \n")) {
      assertThat(data.target()).isEqualTo(Target.NUMBER);
      assertThat(data.number(1)).isEqualTo(-20);
      assertThatThrownBy(() -> data.label(0)).isInstanceOf(IllegalStateException.class);
    }
    refused("@targetlabel true\n@data\n1,2:x\n", ":3:", "a number expected as target, came 'x'");
  }

  @Test
  void unlabelledCasesHaveNoTarget() {
    try (Dataset data = read("@classLabel false\n@data\n1,2:3,4\n5,6:7,8")) {
      assertThat(data.target()).isEqualTo(Target.NONE);
      assertThat(data.channels()).isEqualTo(2);
      assertThat(data.value(1, 1, 1)).isEqualTo(8);
    }
    refused("@classLabel false\n@dimensions 2\n@data\n1:2:3\n", "2 channels expected (@dimensions), came 3");
    refused("@classLabel false\n@dimensions 2\n@data\n1,2\n", "came 1");
  }

  @Test
  void headerWhiteSpaceCollapses() {
    try (Dataset data = read("@timeStamps \t  FALSE\n  @ClassLabel   TRUE \t a   B  \n@DATA \n1,2:B\n")) {
      assertThat(data.classes()).containsExactly("a", "B");
      assertThat(data.label(0)).isEqualTo(1);
    }
  }

  @Test
  void windowsLineEndsMarksAndOddCommentsAreAccepted() {
    byte[] body = ("# Fran\ufffdois \u00e9\r\n" + TWO + "1,2,3:4,5,6:a\n\n7,8,?:4,5,6:B").replace("\n", "\r\n")
        .getBytes(StandardCharsets.UTF_8);
    byte[] marked = new byte[body.length + 3];
    marked[0] = (byte) 0xef;
    marked[1] = (byte) 0xbb;
    marked[2] = (byte) 0xbf;
    System.arraycopy(body, 0, marked, 3, body.length);
    marked[12] = (byte) 0xff; // inside the comment
    for (byte[] content : new byte[][] {body, marked, gzip(marked)}) {
      try (Dataset data = TsReader.read(allocator, "T", file(content), Storage.standard())) {
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.value(1, 1, 0)).isEqualTo(8);
        assertThat(data.label(1)).isEqualTo(1);
      }
    }
  }

  @Test
  void headersThatSayNonsenseAreRefused() {
    refused("@clasLabel true a\n@data\n", ":1:", "unknown tag '@clasLabel'", "nearest: @classLabel");
    refused("@univariate maybe\n", "@univariate expects true or false, came 'maybe'");
    refused("@seriesLength 0\n", "@seriesLength expects one whole number");
    refused("@seriesLength 3 4\n", "came '3 4'");
    refused("@classLabel true\n", "expects the class names");
    refused("@classLabel true a a\n", "names 'a' twice");
    refused("@data\n1,2:a\n", "@classLabel or @targetLabel expected");
    refused("@classLabel true a\n@targetLabel true\n@data\n", "exclude each other");
    refused("@classLabel true a\n@data 5\n", "@data alone");
    refused("@classLabel true a\n@data\n@data\n", ":3:", "a case expected behind @data, came '@data'");
  }

  @Test
  void emptyCutAndForeignFilesAreRefused() {
    refused("", "came an empty file");
    refused("\n\n", "a @data line expected, came the end of the file");
    refused(TWO, "at least one case expected behind @data, came none");
    refused(TWO + "1,2,3:4,5,6:a\n1,2,3:4,5,6", ":10:", "is the file cut short?");
    refused(TWO + "1,2,3:4,5,6:a\n1,2,", ":10:", "came nothing");
    byte[] png = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13};
    refused(file(png), Storage.standard(), ":1:", "expected, came");
    refused(file(new byte[100_000]), Storage.standard(), ":1:", "text expected, came byte 0x00");
    refused(TWO + "1,2,\u0000:4,5,6:a\n", "channel 0, step 2");
    refused(TWO + "1,2,Infinity:4,5,6:a\n", "came 'Infinity'");
    refused(TWO + "1,2,1e999:4,5,6:a\n", "a finite number expected, came '1e999'");
    refused(TWO + "1,2,0x10:4,5,6:a\n", "came '0x10'");
    refused(TWO + "1,2,3d:4,5,6:a\n", "came '3d'");
    refused(folder.resolve("none.ts"), Storage.standard(), "no such file");
    refused(folder, Storage.standard(), "a file expected, came a folder");
  }

  @Test
  void cutAndDamagedGzipIsRefused() {
    StringBuilder text = new StringBuilder(TWO);
    for (int i = 0; i < 20_000; i++) {
      text.append(i * 37 % 1009).append(",2,3:4,5,").append(i).append(":a\n");
    }
    byte[] whole = gzip(text.toString().getBytes(StandardCharsets.UTF_8));
    refused(file(Arrays.copyOf(whole, whole.length / 2)), Storage.standard(), "gzip stream is cut short");
    refused(file(Arrays.copyOf(whole, 5)), Storage.standard(), "gzip stream is cut short");
    byte[] damaged = whole.clone();
    damaged[whole.length - 6] ^= 0x55; // the checksum
    refused(file(damaged), Storage.standard(), "gzip stream is damaged");
  }

  @Test
  void bombsStopAtALimit() {
    byte[] ones = new byte[8 << 20];
    Arrays.fill(ones, (byte) ',');
    for (int i = 0; i < ones.length; i += 2) {
      ones[i] = '1';
    }
    byte[] head = "@classLabel true a\n@data\n".getBytes(StandardCharsets.UTF_8);
    byte[] values = Arrays.copyOf(head, head.length + ones.length);
    System.arraycopy(ones, 0, values, head.length, ones.length);
    refused(file(gzip(values)), Storage.standard().withMaxValues(100_000), ":3:", "more than 100000 values");
    byte[] newlines = new byte[70 << 20];
    Arrays.fill(newlines, (byte) '\n');
    refused(file(gzip(newlines)), Storage.standard(), "more than 64 MiB of comments and blank lines");
    refused("@problemName " + "x".repeat(2 << 20) + "\n", "a header line is longer than 1024 KiB");
    refused(TWO + "1".repeat(200_000) + ",2,3:4,5,6:a\n", "channel 0, step 0", "more than 4096 characters");
    refused(TWO + " ".repeat(200_000) + "1,2,3:4,5,6:a\n", "spaces");
    refused(TWO + "1,2,3:4,5,6:" + "a".repeat(200_000) + "\n", "a label of at most");
  }

  @Test
  void limitCountsAllCases() {
    String ten = TWO + "1,2,3:4,5,6:a\n".repeat(10);
    try (Dataset data = TsReader.read(allocator, "T", file(ten), Storage.standard().withMaxValues(60))) {
      assertThat(data.values()).isEqualTo(60);
    }
    refused(file(ten), Storage.standard().withMaxValues(59), ":18:", "more than 59 values");
  }

  @Test
  void theAllocatorsLimitIsOneLineToo() {
    try (RootAllocator small = new RootAllocator(64 << 10)) {
      Path file = file("@classLabel true a\n@data\n" + "1,".repeat(50_000) + "1:a\n");
      assertThatThrownBy(() -> TsReader.read(small, "T", file, Storage.standard()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(file + ": more memory needed than the allocator may give");
      assertThat(small.getAllocatedMemory()).isZero();
    }
  }

  @Test
  void valuesThatCrossTheWindowAreWhole() {
    StringBuilder line = new StringBuilder("@classLabel true a\n@data\n");
    int n = 60_000;
    for (int i = 0; i < n; i++) {
      line.append(i == 0 ? "" : ",").append(String.format(Locale.ROOT, "%.4f", i * 1.0001));
    }
    line.append(":a\n");
    try (Dataset data = TsReader.read(allocator, "T", file(gzip(line.toString().getBytes(StandardCharsets.UTF_8))),
        Storage.standard().withPrecision(Precision.SINGLE))) {
      assertThat(data.length(0)).isEqualTo(n);
      for (int i = 0; i < n; i++) {
        float wanted = (float) Double.parseDouble(String.format(Locale.ROOT, "%.4f", i * 1.0001));
        if (data.value(0, i, 0) != wanted) {
          assertThat(data.value(0, i, 0)).as("step " + i).isEqualTo(wanted);
        }
      }
    }
  }

  @Test
  void trainAndTestMustAgree() throws IOException {
    Path train = Files.writeString(folder.resolve("A_TRAIN.ts"), TWO + "1,2,3:4,5,6:a\n");
    Path test = folder.resolve("A_TEST.ts");
    Files.writeString(test, TWO.replace("a B", "B a") + "1,2,3:4,5,6:a\n1,2,3:4,5,6:B\n");
    try (Dataset data = TsReader.read(allocator, "A", train, test, Storage.standard())) {
      assertThat(data.trainRows()).isEqualTo(1);
      assertThat(data.labels(new int[] {0, 1, 2})).containsExactly(0, 0, 1);
    }
    Files.writeString(test, TWO.replace("a B", "a C") + "1,2,3:4,5,6:a\n");
    assertThatThrownBy(() -> TsReader.read(allocator, "A", train, test, Storage.standard()))
        .hasMessageContaining("A_TEST.ts:8: class 'C' is not one of the 2 classes of the part before");
    Files.writeString(test, "@classLabel true a\n@data\n1,2,3:a\n");
    assertThatThrownBy(() -> TsReader.read(allocator, "A", train, test, Storage.standard()))
        .hasMessageContaining("2 channels expected (as before), came 1");
  }
}
