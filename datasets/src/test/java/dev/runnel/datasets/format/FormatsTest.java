package dev.runnel.datasets.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.Archive;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Storage;
import dev.runnel.datasets.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each format's values, labels and refusals, from files written here byte by byte. */
class FormatsTest {
  @TempDir Path folder;
  private final RootAllocator allocator = new RootAllocator();

  @AfterEach
  void nothingLeaks() {
    assertThat(allocator.getAllocatedMemory()).isZero();
    allocator.close();
  }

  private Path text(String name, String content) throws IOException {
    return Files.writeString(Files.createDirectories(folder.resolve(name).getParent()).resolve(
        folder.resolve(name).getFileName()), content);
  }

  private void read(Path file, Consumer<Dataset> check) {
    try (Dataset data = Formats.standard().read(allocator, file, null, Storage.standard())) {
      check.accept(data);
    }
  }

  private void refused(Path file, String message) {
    assertThatThrownBy(() -> read(file, data -> { })).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message).message().startsWith(file.toString()).doesNotContain("\n");
  }

  private static double[] row(Dataset data, int row) {
    double[] values = new double[data.length(row) * data.channels()];
    data.read(row, values);
    return values;
  }

  @Test
  void relationalArff() throws IOException {
    String head = "% c\n@relation r\n@attribute m relational\n@attribute a numeric\n@end m\n@attribute c {up,'d n'}\n@data\n";
    read(text("a.arff", head + "'1,2,?\\n4,5,6',up\n\n\"7,8\\n-1e1,3\",'d n'\n"), data -> {
      assertThat(row(data, 0)).containsExactly(1, 4, 2, 5, Double.NaN, 6);
      assertThat(row(data, 1)).containsExactly(7, -10, 8, 3);
      assertThat(data.missing()).isEqualTo(1);
      assertThat(data.label(1)).isEqualTo(1);
      assertThat(data.classes()).containsExactly("up", "d n");
    });
    refused(text("b.arff", head + "'1,2\\n4',up\n"), ":8: channels of one case must have one length");
    refused(text("b.arff", head + "'1,2\\n4,5',upp\n"), "class 'upp' is not declared; nearest: up");
    refused(text("b.arff", head + "'1,2\\n4,5\n"), "\\n or the closing quote expected");
    refused(text("b.arff", head + "'1,2x'\n"), "value 1: a finite number, ? or NaN expected, came '2x'");
    refused(text("b.arff", "@relation r\n"), "a @data line expected");
  }

  @Test
  void univariateAndPerDimensionArff() throws IOException {
    String head = "@relation r\n@attribute 'a 0' numeric\n@attribute a1 real\n@attribute c {x,y}\n@data\n";
    text("d/dDimension1_TRAIN.arff", head + "1,2,x\n3,4,y\n");
    text("d/dDimension2_TRAIN.arff", head + "5,6,x\n7,?,y\n");
    try (Dataset data = new Archive(List.of(folder)).load("d", allocator, Storage.standard())) {
      assertThat(row(data, 0)).containsExactly(1, 5, 2, 6);
      assertThat(row(data, 1)).containsExactly(3, 7, 4, Double.NaN);
    }
    read(folder.resolve("d/dDimension1_TRAIN.arff"), data -> assertThat(data.channels()).isEqualTo(2));
    text("d/dDimension2_TRAIN.arff", head + "5,6,y\n7,8,y\n");
    refused(folder.resolve("d/dDimension1_TRAIN.arff"), "label 'x' expected in channel 1 as in channel 0, came 'y'");
    text("d/dDimension2_TRAIN.arff", head + "5,6,x\n");
    refused(folder.resolve("d/dDimension1_TRAIN.arff"), "as many cases in all channels expected, channel 1 has 1");
  }

  @Test
  void ucrTabsWithShortRows() throws IOException {
    read(text("u_TRAIN.tsv", "10\t1\t2\t3\n-1\t4\tNaN\tNaN\n2\t5\tNaN\t6\n"), data -> {
      assertThat(data.classes()).containsExactly("-1", "2", "10"); // by number
      assertThat(data.label(0)).isEqualTo(2);
      assertThat(data.length(1)).isEqualTo(1);
      assertThat(row(data, 2)).containsExactly(5, Double.NaN, 6);
    });
  }

  @Test
  void csvAsDescribed() throws IOException {
    read(text("plain.csv", "a,b,who\n1,2,\"x, \"\"y\"\"\"\n3,,z\n"), data -> {
      assertThat(data.classes()).containsExactly("x, \"y\"", "z");
      assertThat(row(data, 1)).containsExactly(3, Double.NaN);
    });
    text("lag/dataset.json", "{\"source\": \"here\", \"licence\": \"CC0\", \"layout\": {\"label\": \"0\","
        + " \"header\": false, \"separator\": \";\", \"channels\": 2, \"channelStride\": 2}}");
    text("lag/lag_TRAIN.csv", "up;1;2;3;4;5\ndown;6;7;8;9;10\n");
    try (Dataset data = new Archive(List.of(folder)).load("lag", allocator, Storage.standard())) {
      assertThat(row(data, 0)).containsExactly(1, 3, 2, 4, 3, 5);
      assertThat(data.origin().licence()).isEqualTo("CC0");
      assertThat(data.classes()).containsExactly("down", "up");
    }
    text("steps/dataset.json", "{\"layout\": {\"kind\": \"long\", \"case\": \"id\", \"time\": \"t\", \"label\": \"y\","
        + " \"target\": \"number\", \"values\": [\"b\", \"a\"]}}");
    read(text("steps/s.csv", "id,t,a,b,y\np,0,1,2,0.5\np,1.5,3,4,0.5\nq,0,5,?,7\n"), data -> {
      assertThat(data.target()).isEqualTo(Target.NUMBER);
      assertThat(row(data, 0)).containsExactly(2, 1, 4, 3);
      assertThat(data.time(0, 1)).isEqualTo(1.5);
      assertThat(data.number(1)).isEqualTo(7);
      assertThat(data.missing()).isEqualTo(1);
    });
    refused(text("steps/s.csv", "id,t,a,b,y\np,0,1,2,0\nq,0,1,2,0\np,0,1,2,0\n"), "sort the file by case");
    refused(text("steps/s.csv", "id,t,a,c,y\np,0,1,2,0\n"), "column 'b' expected among");
    refused(text("ragged.csv", "a,b,who\n1,2\n"), ":2: 3 fields expected as in the header, came 2");
    refused(text("text.csv", "1,x,who\n"), ":1: value 1: a finite number, ? or NaN expected, came 'x'");
    text("steps/dataset.json", "{\"layout\": {\"kid\": 3}}");
    assertThatThrownBy(() -> read(folder.resolve("steps/s.csv"), data -> { })).hasMessageContaining("kid");
  }

  static byte[] npy(String type, String shape, ByteBuffer body) {
    String head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }\n";
    return ByteBuffer.allocate(10 + head.length() + body.position()).order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) head.length())
        .put(head.getBytes(StandardCharsets.ISO_8859_1)).put(body.flip()).array();
  }

  static ByteBuffer body(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void numpy() throws IOException {
    ByteBuffer values = body(64);
    for (int i = 0; i < 12; i++) {
      values.putFloat(i / 2f);
    }
    byte[] x = npy("<f4", "2, 3, 2", values);
    Files.write(folder.resolve("n.npy"), x);
    read(folder.resolve("n.npy"), data -> {
      assertThat(data.target()).isEqualTo(Target.NONE);
      assertThat(row(data, 1)).containsExactly(3, 3.5, 4, 4.5, 5, 5.5);
    });
    Files.write(folder.resolve("n_labels.npy"), npy("<U2", "2,",
        body(16).put("a\0\0\0b\0\0\0c\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1))));
    read(folder.resolve("n.npy"), data -> assertThat(data.classes()).containsExactly("ab", "c"));
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(folder.resolve("z.npz")))) {
      zip.putNextEntry(new ZipEntry("X.npy"));
      zip.write(x);
      zip.putNextEntry(new ZipEntry("y.npy"));
      zip.write(npy("|i1", "2,", body(2).put((byte) -3).put((byte) 5)));
    }
    read(folder.resolve("z.npz"), data -> assertThat(data.classes()).containsExactly("-3", "5"));
    ByteBuffer big = ByteBuffer.allocate(16).putShort((short) -2).putShort((short) 300); // big-endian
    Files.write(folder.resolve("b.npy"), npy(">i2", "1, 2", big));
    read(folder.resolve("b.npy"), data -> assertThat(row(data, 0)).containsExactly(-2, 300));
    Files.write(folder.resolve("o.npy"), npy("|O", "1, 2", body(8)));
    refused(folder.resolve("o.npy"), "pickled objects are never read");
    Files.write(folder.resolve("o.npy"), npy("<f8", "1, 2", body(8).putDouble(1)));
    refused(folder.resolve("o.npy"), "is the file cut short?");
    Files.write(folder.resolve("o.npy"), npy("<f8", "900000000, 2", body(8).putDouble(1)));
    refused(folder.resolve("o.npy"), "is the file cut short?");
  }

  static byte[] wav(int format, int channels, int bits, byte[] data) {
    return body(44 + 10 + data.length).put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(0)
        .put("WAVELIST".getBytes(StandardCharsets.US_ASCII)).putInt(1).putShort((short) 0)
        .put("fmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16).putShort((short) format)
        .putShort((short) channels).putInt(16000).putInt(0).putShort((short) 0).putShort((short) bits)
        .put("data".getBytes(StandardCharsets.US_ASCII)).putInt(data.length).put(data).array();
  }

  @Test
  void sounds() throws IOException {
    Files.write(folder.resolve("a.wav"), wav(1, 2, 16, body(8).putShort((short) -32768).putShort((short) 16384)
        .putShort((short) 1).putShort((short) 0).array()));
    read(folder.resolve("a.wav"), data -> assertThat(row(data, 0)).containsExactly(-1, 0.5, 1 / 32768.0, 0));
    Files.write(folder.resolve("a.wav"), wav(1, 1, 24, new byte[] {0, 0, (byte) 0x80, 1, 0, 0}));
    read(folder.resolve("a.wav"), data -> assertThat(row(data, 0)).containsExactly(-1, 1 / 8388608.0));
    Files.write(folder.resolve("a.wav"), wav(1, 1, 8, new byte[] {0, (byte) 192}));
    read(folder.resolve("a.wav"), data -> assertThat(row(data, 0)).containsExactly(-1, 0.5));
    Files.write(folder.resolve("a.wav"), wav(3, 1, 32, body(4).putFloat(0.25f).array()));
    read(folder.resolve("a.wav"), data -> assertThat(row(data, 0)).containsExactly(0.25));
    Files.write(folder.resolve("a.wav"), wav(2, 1, 4, new byte[4]));
    refused(folder.resolve("a.wav"), "came format 2 of 4 bits in 1 channels");
  }

  @Test
  void speechCommands() throws IOException {
    byte[] sound = wav(1, 1, 16, new byte[4]);
    for (String name : List.of("yes/a.wav", "yes/b.wav", "no/a.wav", "no/c.wav", "_noise_/n.wav")) {
      Files.createDirectories(folder.resolve("sc/" + name).getParent());
      Files.write(folder.resolve("sc/" + name), sound);
    }
    text("sc/validation_list.txt", "yes/b.wav\n");
    text("sc/testing_list.txt", "no/c.wav\n");
    try (Dataset data = new Archive(List.of(folder)).load("sc", allocator, Storage.standard())) {
      assertThat(List.of(data.trainRows(), data.validationRows(), data.size())).containsExactly(2, 1, 4);
      assertThat(data.classes()).containsExactly("no", "yes");
      assertThat(data.labels(new int[] {0, 1, 2, 3})).containsExactly(0, 1, 1, 0);
    }
    text("sc/testing_list.txt", "../sc/c.wav\n");
    assertThatThrownBy(() -> new Archive(List.of(folder)).load("sc", allocator, Storage.standard()))
        .hasMessageContaining("lines WORD/SOUND.wav expected, came '../sc/c.wav'");
  }

  @Test
  void idxAndCifar() throws IOException {
    Files.createDirectories(folder.resolve("m"));
    Files.write(folder.resolve("m/t10k-images-idx3-ubyte"), ByteBuffer.allocate(20).putInt(0x803).putInt(2).putInt(1)
        .putInt(2).put(new byte[] {0, (byte) 255, 7, 8}).array());
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("m/t10k-labels-idx1-ubyte.gz")))) {
      out.write(ByteBuffer.allocate(10).putInt(0x801).putInt(2).put(new byte[] {9, 4}).array());
    }
    try (Dataset data = new Archive(List.of(folder)).load("m", allocator, Storage.standard())) {
      assertThat(row(data, 0)).containsExactly(0, 255);
      assertThat(data.classes()).containsExactly("4", "9");
    }
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    records.write(9);
    records.write(new byte[1024]);
    records.writeBytes("g".repeat(1024).getBytes(StandardCharsets.US_ASCII));
    records.write(new byte[1024]);
    Files.write(folder.resolve("test_batch.bin"), records.toByteArray());
    read(folder.resolve("test_batch.bin"), data -> {
      assertThat(data.classes().get(data.label(0))).isEqualTo("truck");
      assertThat(data.value(0, 1023, 1)).isEqualTo('g');
      assertThat(data.length(0)).isEqualTo(1024);
    });
  }

  @Test
  void longRangeArena() throws IOException {
    text("listops/basic_train.tsv", "Source\tTarget\n( ( ( [MAX 3 ) 7 ) ] )\t7\n");
    text("listops/basic_val.tsv", "Source\tTarget\n4\t4\n");
    text("listops/basic_test.tsv", "Source\tTarget\n( ( [SM 9 ) ] )\t9\n");
    try (Dataset data = new Archive(List.of(folder)).load("listops", allocator, Storage.standard())) {
      assertThat(row(data, 0)).containsExactly(11, 3, 7, 14);
      assertThat(data.labels(new int[] {0, 1, 2})).containsExactly(7, 4, 9);
      assertThat(data.validationRows()).isEqualTo(1);
      assertThat(data.symbols()).hasSize(15);
    }
    refused(text("x/basic_test.tsv", "Source\tTarget\n( [AVG 9 ) ]\t9\n"), ":2: one of the symbols");
    read(text("new_aan_pairs.test.tsv", "1.0\t7\t8\tab\tc\n"), data ->
        assertThat(row(data, 0)).containsExactly('a', 'b', 256, 'c'));
  }

  @Test
  void parquetByDuckDb() throws Exception {
    Path file = folder.resolve("p.parquet");
    try (var connection = DriverManager.getConnection("jdbc:duckdb:"); var statement = connection.createStatement()) {
      statement.execute("COPY (SELECT * FROM (VALUES ([[1.5, 2], [3, NULL]], 'x'), ([[5, 6]], 'y')) t(values, target))"
          + " TO '" + file + "' (FORMAT parquet)");
    }
    read(file, data -> {
      assertThat(row(data, 0)).containsExactly(1.5, 2, 3, Double.NaN);
      assertThat(row(data, 1)).containsExactly(5, 6);
      assertThat(data.classes()).containsExactly("x", "y");
    });
    refused(text("q.parquet", "nothing"), "an undamaged Parquet file expected");
  }

  /** Found by fuzzing: room for two gigabytes was made before the file's size was looked at. */
  @Test
  void anArrowStreamThatSaysItIsLongerThanItIs() throws IOException {
    Path file = folder.resolve("long.arrows");
    Files.write(file, new byte[] {-1, -1, -1, -1, -1, -1, -1, 127, 0});
    refused(file, "a message's head is said to have 2,147,483,647 bytes");
  }

  @Test
  void unknownEndingsAreToldTheKnown() throws IOException {
    refused(text("a.xlsx", ""), "a file named like one of .ts, .arff");
    refused(folder.resolve("none.csv.bz2"), "no such file");
  }
}
