package dev.runnel.experiments.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is what is read. */
final class SafeTensorsTest {
  @TempDir Path folder;

  @Test
  void theBytesAreTheFormats() throws IOException {
    Path file = folder.resolve("w.safetensors");
    SafeTensors.of(Map.of("b", "2", "a", "\"1\"\n"), List.of(NamedTensor.wrap("y", new float[] {1.5f, -2}, 1, 2),
        NamedTensor.wrap("z", new double[] {0.1}), NamedTensor.wrap("x", new int[] {258}, 1))).write(file);
    byte[] bytes = Files.readAllBytes(file);
    String header = "{\"__metadata__\":{\"a\":\"\\\"1\\\"\\n\",\"b\":\"2\"},"
        + "\"z\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
        + "\"y\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]},"
        + "\"x\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[16,20]}}";
    int padded = (header.length() + 7) / 8 * 8;
    assertThat(bytes).startsWith((byte) (padded & 255), (byte) (padded >> 8), (byte) 0, (byte) 0, (byte) 0, (byte) 0,
        (byte) 0, (byte) 0);
    assertThat(new String(bytes, 8, padded, UTF_8)).isEqualTo(header + " ".repeat(padded - header.length()));
    assertThat(bytes).hasSize(8 + padded + 20);
    assertThat(bytes).endsWith(2, 1, 0, 0);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void randomFilesComeBackEqualAndWriteTheSameBytes() throws IOException {
    var random = new SplittableRandom(3);
    Path file = folder.resolve("r.safetensors");
    for (int i = 0; i < 200; i++) {
      var written = random(random);
      written.write(file);
      var read = SafeTensors.read(file);
      assertThat(read).isEqualTo(written);
      assertThat(read.tensors().sequencedKeySet()).containsExactlyElementsOf(written.tensors().keySet());
      byte[] bytes = Files.readAllBytes(file);
      read.write(file);
      assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    }
  }

  @Test
  void numbersKeepTheirBits() {
    Path file = folder.resolve("bits.safetensors");
    float[] values = {0f, -0f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NaN, Float.NEGATIVE_INFINITY};
    SafeTensors.of(Map.of(), List.of(NamedTensor.wrap("v", values, 2, 3))).write(file);
    NamedTensor tensor = SafeTensors.read(file).get("v");
    assertThat(tensor.shape()).containsExactly(2, 3);
    for (int i = 0; i < values.length; i++) {
      assertThat(Float.floatToRawIntBits((float) tensor.get(i))).isEqualTo(Float.floatToRawIntBits(values[i]));
    }
    assertThat(tensor.data().isReadOnly()).isTrue();
  }

  @Test
  void arraysStayReadableWhenTheFileIsReplaced() {
    Path file = folder.resolve("w.safetensors");
    SafeTensors.of(Map.of(), List.of(NamedTensor.wrap("v", new double[] {1}))).write(file);
    NamedTensor old = SafeTensors.read(file).get("v");
    SafeTensors.of(Map.of(), List.of(NamedTensor.wrap("v", new double[] {2}))).write(file);
    assertThat(old.get(0)).isEqualTo(1);
    assertThat(SafeTensors.read(file).get("v").get(0)).isEqualTo(2);
  }

  @Test
  void aCheckSumFindsAnyChangedByte() throws IOException {
    Path file = folder.resolve("sum.safetensors");
    SafeTensors.of(Map.of("epoch", "3"), List.of(NamedTensor.wrap("v", new double[] {1, 2}, 2))).withSum().write(file);
    SafeTensors.read(file).checkSum(file);
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 1;
      assertThatThrownBy(() -> SafeTensors.parse("f", MemorySegment.ofArray(changed)).checkSum(Path.of("f")))
          .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("f: ");
    }
    assertThatThrownBy(() -> SafeTensors.of(Map.of(), List.of()).checkSum(Path.of("f")))
        .hasMessage("f: damaged, its checksum is missing");
  }

  @Test
  void whatCannotBeWrittenIsOneLine() {
    assertThatThrownBy(() -> NamedTensor.wrap("a", new float[3], 2, 2))
        .hasMessage("tensor 'a': 16 bytes expected for F32 [2, 2], came 12");
    assertThatThrownBy(() -> NamedTensor.wrap("a\0", new float[1], 1)).hasMessageContaining("NUL");
    assertThatThrownBy(() -> NamedTensor.wrap("", new float[1], 1)).hasMessageContaining("an empty one");
    assertThatThrownBy(() -> NamedTensor.wrap("__metadata__", new float[1], 1)).hasMessageContaining("for itself");
    assertThatThrownBy(() -> NamedTensor.wrap("a", new float[1], -1)).hasMessageContaining("came -1");
    var a = NamedTensor.wrap("a", new float[1], 1);
    assertThatThrownBy(() -> SafeTensors.of(Map.of(), List.of(a, a))).hasMessage("tensor 'a': comes a second time");
    assertThatThrownBy(() -> SafeTensors.of(Map.of(), List.of(a)).get("aa"))
        .hasMessage("tensor 'aa': not in the file; nearest: a");
    assertThatThrownBy(() -> SafeTensors.of(Map.of(), List.of(a)).write(folder.resolve("no/such/w")))
        .isInstanceOf(UncheckedIOException.class).hasMessageContaining("cannot be written");
  }

  @Test
  void plainNumPyReadsIt() throws Exception {
    assumeTrue(numPyIsThere(), "skipped: no python3 with numpy");
    Path file = folder.resolve("n.safetensors");
    SafeTensors.of(Map.of("k", "\u00e4"), List.of(NamedTensor.wrap("a", new float[] {1, 2, 3, 4, 5, 6}, 2, 3),
        NamedTensor.wrap("b", new double[] {0.1}, 1), NamedTensor.wrap("c", new int[] {7, -8}, 2))).write(file);
    String script = """
        import json, sys, numpy as np
        raw = open(sys.argv[1], 'rb').read()
        n = int(np.frombuffer(raw, '<u8', 1)[0])
        head = json.loads(raw[8:8 + n].decode('utf-8'))
        types = {'F32': '<f4', 'F64': '<f8', 'I32': '<i4'}
        def get(name):
            e = head[name]; s, t = e['data_offsets']
            return np.frombuffer(raw[8 + n + s:8 + n + t], types[e['dtype']]).reshape(e['shape'])
        assert n % 8 == 0
        print(get('a').tolist(), get('b').tolist(), get('c').tolist(), head['__metadata__'] == {'k': '\\u00e4'})
        """;
    var process = new ProcessBuilder("python3", "-c", script, file.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(output.strip()).isEqualTo("[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] [0.1] [7, -8] True");
  }

  private static boolean numPyIsThere() throws InterruptedException {
    try {
      var process = new ProcessBuilder("python3", "-c", "import numpy").redirectErrorStream(true).start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static SafeTensors random(SplittableRandom random) {
    var tensors = new ArrayList<NamedTensor>();
    for (int i = random.nextInt(6); i > 0; i--) {
      String name = "blocks." + i + List.of(".W", "\u00e4\"\\", "\ud83d\ude00", "\uffee", "\t").get(random.nextInt(5));
      int[] shape = random.ints(random.nextInt(4), 0, 5).toArray();
      int count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
      tensors.add(switch (random.nextInt(3)) {
        case 0 -> {
          float[] values = new float[count];
          for (int k = 0; k < count; k++) {
            values[k] = Float.intBitsToFloat(random.nextInt());
          }
          yield NamedTensor.wrap(name, values, shape);
        }
        case 1 -> NamedTensor.wrap(name, random.doubles(count).toArray(), shape);
        default -> NamedTensor.wrap(name, random.ints(count).toArray(), shape);
      });
    }
    return SafeTensors.of(random.nextBoolean() ? Map.of() : Map.of("", "empty", "k\n", "v\u2028"), tensors);
  }
}
