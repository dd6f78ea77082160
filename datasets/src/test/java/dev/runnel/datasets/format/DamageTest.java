package dev.runnel.datasets.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files of every format load or are refused in one line that names the file: no other exception, no hang, no
 * memory kept. A third of a second each; a minute each under {@code -Pfull};
 * {@code -Drunnel.fuzz.millis=600000} for as long as one likes. (Parquet is DuckDB's to read: a fault
 * there would take the process along, so it is not fuzzed in here.)
 */
class DamageTest {
  private static final Duration EACH = Duration.ofMillis(
      Long.getLong("runnel.fuzz.millis", Boolean.getBoolean("runnel.full") ? 60_000 : 300));
  private static final Duration LONGEST = Duration.ofSeconds(20);
  private static final byte[] PIECES = "\\n\r\n,:;()?#%@.-+eE0123456789NaN'\"{}\t [].\0\1\177".getBytes(
      StandardCharsets.ISO_8859_1);

  @TempDir Path folder;

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] zipped(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private static byte[] arrow(boolean stream) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RootAllocator allocator = new RootAllocator(); Float8Vector values = new Float8Vector("values", allocator)) {
      values.allocateNew(4);
      for (int i = 0; i < 4; i++) {
        values.set(i, i);
      }
      values.setValueCount(4);
      try (VectorSchemaRoot root = VectorSchemaRoot.of(values)) {
        if (stream) {
          try (var writer = new ArrowStreamWriter(root, null, bytes)) {
            writer.start();
            writer.writeBatch();
          }
        } else {
          try (var writer = new ArrowFileWriter(root, null, java.nio.channels.Channels.newChannel(bytes))) {
            writer.start();
            writer.writeBatch();
          }
        }
      }
    }
    return bytes.toByteArray();
  }

  static Map<String, byte[]> seeds() throws IOException {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    seeds.put("a.ts", text("@timeStamps false\n@univariate false\n@classLabel true a b\n@data\n1,2:3,4:a\n5,6:?,8:b\n"));
    seeds.put("a.arff", text("@relation r\n@attribute r relational\n@attribute x numeric\n@end r\n"
        + "@attribute c {a,b}\n@data\n'1,2\\n3,4',a\n'5,?\\n7,8',b\n"));
    seeds.put("u.arff", text("@relation r\n@attribute x numeric\n@attribute 'y z' real\n@attribute c {a,b}\n@data\n"
        + "1,2,a\n3,4e1,b\n"));
    seeds.put("a.csv", text("x,y,who\n1,2,a\n3,\"4\",b\n"));
    seeds.put("a.tsv", text("1\t2\t3\n2\t4\tNaN\n"));
    seeds.put("a.csv.gz", zipped(text("1,2,a\n3,4,b\n")));
    seeds.put("basic_test.tsv", text("Source\tTarget\n( ( [MAX 3 ) ] )\t3\n"));
    seeds.put("new_aan_pairs.test.tsv", text("1.0\t7\t8\tab\tc\n0\t1\t2\tx\ty\n"));
    ByteBuffer numbers = FormatsTest.body(32);
    numbers.putDouble(1).putDouble(2).putDouble(3).putDouble(4);
    byte[] array = FormatsTest.npy("<f8", "2, 2", numbers);
    seeds.put("a.npy", array);
    ByteArrayOutputStream npz = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(npz)) {
      zip.putNextEntry(new ZipEntry("X.npy"));
      zip.write(array);
      zip.putNextEntry(new ZipEntry("y.npy"));
      zip.write(FormatsTest.npy("|i1", "2,", FormatsTest.body(2).put((byte) 1).put((byte) 2)));
    }
    seeds.put("a.npz", npz.toByteArray());
    seeds.put("a.idx", ByteBuffer.allocate(20).putInt(0x803).putInt(2).putInt(1).putInt(2).putInt(7).array());
    seeds.put("test_batch.bin", new byte[2 * 3073]);
    seeds.put("a.wav", FormatsTest.wav(1, 2, 16, new byte[16]));
    seeds.put("a.arrow", arrow(false));
    seeds.put("a.arrows", arrow(true));
    return seeds;
  }

  @TestFactory
  Stream<DynamicTest> damageIsToldInOneLine() throws IOException {
    return seeds().entrySet().stream().map(seed ->
        DynamicTest.dynamicTest(seed.getKey(), () -> fuzz(folder.resolve(seed.getKey()), seed.getValue())));
  }

  private void fuzz(Path file, byte[] seed) throws IOException {
    Layout layout = layout(file.toString());
    read(file, seed, layout, "undamaged");
    long end = System.nanoTime() + EACH.toNanos();
    int cases = 0;
    int loaded = 0;
    while (System.nanoTime() < end) {
      byte[] damaged = damage(seed, new SplitMix(17, cases));
      long start = System.nanoTime();
      loaded += read(file, damaged, layout, "damage " + cases) ? 1 : 0;
      assertThat(Duration.ofNanos(System.nanoTime() - start)).as("damage " + cases).isLessThan(LONGEST);
      cases++;
    }
    System.out.printf("fuzz %s: %d cases, %d loaded%n", file.getFileName(), cases, loaded);
    assertThat(cases).isPositive();
  }

  /** How the seeds that are tables are laid out, where that is not the usual way. */
  static Layout layout(String name) {
    return name.contains(".arrow") ? new Layout(Layout.Kind.WIDE, ",", true, null, Layout.Goal.CLASS, List.of(), null,
        null, 1, 0, 1, false, "NTC") : null;
  }

  static boolean read(Path file, byte[] content, Layout layout, String which) throws IOException {
    Files.write(file, content);
    try (RootAllocator allocator = new RootAllocator(1 << 26)) {
      try (Dataset data = Formats.standard().read(
          allocator, file, layout, Storage.standard().withMaxValues(1 << 16))) {
        assertThat(data.size()).isPositive();
        return true;
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).as(which).startsWith(file.toString()).doesNotContain("\n", "\0");
        assertThat(which).isNotEqualTo("undamaged");
        return false;
      }
    }
  }

  /** Bytes changed, cut, doubled, taken out, or spliced. */
  private static byte[] damage(byte[] seed, SplitMix random) {
    byte[] bytes = seed.clone();
    for (int k = 1 + random.nextInt(4); k > 0 && bytes.length > 2; k--) {
      int at = random.nextInt(bytes.length);
      int other = random.nextInt(bytes.length);
      int from = Math.min(at, other);
      int to = Math.max(at, other);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1, 2 -> bytes[at] = PIECES[random.nextInt(PIECES.length)];
        case 3 -> bytes = Arrays.copyOf(bytes, at);
        case 4 -> { // a stretch once more
          byte[] longer = Arrays.copyOf(bytes, bytes.length + to - from);
          System.arraycopy(bytes, from, longer, to, bytes.length - from);
          bytes = longer;
        }
        default -> { // a stretch taken out
          byte[] shorter = Arrays.copyOf(bytes, bytes.length - (to - from));
          System.arraycopy(bytes, to, shorter, from, bytes.length - to);
          bytes = shorter;
        }
      }
    }
    return bytes;
  }
}
