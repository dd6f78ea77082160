package dev.runnel.experiments.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Hand-made files that are no safetensors files: each is refused in one line. */
final class BadSafeTensorsTest {
  private record Bad(String title, byte[] bytes, String says) {}

  @TempDir Path folder;

  private static final List<Bad> TABLE = new ArrayList<>();

  static {
    // The length in front.
    raw("an empty file", "", "8 bytes of header length expected, came a file of 0");
    raw("seven bytes", "1234567", "came a file of 7");
    raw("a length and nothing else", longs(8), "a header of 8 bytes expected, came a file of 8");
    raw("a header of no bytes", longs(0), "a header of 2 to 100000000 bytes expected, came 0");
    raw("a header of one byte", longs(1) + "{", "came 1");
    raw("a header longer than the file", longs(100) + "{}", "a header of 100 bytes expected, came a file of 10");
    raw("a header over the limit", longs(100_000_001) + "{}", "came 100000001");
    raw("a header at the limit, not there", longs(100_000_000) + "{}", "came a file of 10");
    raw("a negative length", longs(-1) + "{}", "came 18446744073709551615");
    raw("the length 2^63", longs(Long.MIN_VALUE) + "{}", "came 9223372036854775808");
    raw("the length in big-endian", "\0\0\0\0\0\0\0\2{}", "bytes expected");
    raw("a text file", "this is a text file that is long", "is it a safetensors file?");
    raw("a zip file", "PK\3\4" + "\0".repeat(40), "cut off or no safetensors file");
    // The header's frame.
    header("an array for a header", "[]", "'{' expected, came '['");
    header("a space in front", " {}", "'{' expected, came ' '");
    header("a byte order mark", "\ufeff{}", "'{' expected");
    header("a NUL in front", "\0{}", "'{' expected, came '\\u0000'");
    header("a text for a header", "\"a\"", "'{' expected");
    header("an open header", "{ ", "header:");
    header("an open tensor", "{\"a\":{", "header:");
    header("an open text", "{\"a", "header:");
    header("two objects", "{}{}", "spaces expected after its '}', came byte 123");
    header("NUL for padding", "{}\0\0", "spaces expected after its '}', came byte 0");
    header("line breaks for padding", "{}\n\n", "spaces expected after its '}', came byte 10");
    header("a comma at the end", "{" + entry("a", "F32", "[1]", "[0,4]") + ",}", "header: JSON expected", 4);
    header("single quotes", "{'a':{}}", "header: JSON expected");
    header("a comment", "{/* no */}", "header: JSON expected");
    header("a raw line break in a name", "{\"a\nb\":{}}", "header: JSON expected");
    bytes("broken UTF-8 in a name", "{\"\u00ff\":{}}".getBytes(ISO_8859_1), "UTF-8 expected, came other bytes at 2");
    bytes("overlong UTF-8", "{\"\u00c0\u00af\":{}}".getBytes(ISO_8859_1), "UTF-8 expected");
    bytes("a surrogate in UTF-8", "{\"\u00ed\u00a0\u0080\":{}}".getBytes(ISO_8859_1), "UTF-8 expected");
    bytes("UTF-8 cut off", "{\"a\":1}\u00c3".getBytes(ISO_8859_1), "UTF-8 expected");
    header("deep nesting", "{\"a\":" + "[".repeat(5000), "an object expected");
    // Names.
    header("a name twice", "{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("a", "F32", "[1]", "[4,8]") + "}",
        "tensor 'a': comes a second time", 8);
    header("a name twice, once escaped",
        "{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("\\u0061", "F32", "[1]", "[4,8]") + "}",
        "tensor 'a': comes a second time", 8);
    header("an empty name", "{" + entry("", "F32", "[1]", "[0,4]") + "}", "came an empty one", 4);
    header("a NUL in a name", "{" + entry("a\\u0000b", "F32", "[1]", "[0,4]") + "}", "NUL: 'a\\u0000b'", 4);
    header("half a surrogate pair", "{" + entry("\\ud800", "F32", "[1]", "[0,4]") + "}", "surrogate pair", 4);
    header("a line break in a wrong name", "{\"a\\nb\":3}", "tensor 'a\\u000ab': an object expected");
    header("a very long name", "{\"" + "x".repeat(100_000) + "\":3}", "xxx...': an object expected");
    // Metadata.
    header("metadata of numbers", "{\"__metadata__\":{\"a\":1}}", "metadata 'a': a text expected, came '1'");
    header("metadata of nothing", "{\"__metadata__\":{\"a\":null}}", "metadata 'a': a text expected");
    header("metadata in metadata", "{\"__metadata__\":{\"a\":{}}}", "metadata 'a': a text expected");
    header("metadata as an array", "{\"__metadata__\":[]}", "__metadata__: an object expected");
    header("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", "__metadata__ comes a second time");
    header("a text twice", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "metadata 'a': comes a second time");
    header("metadata with half a pair", "{\"__metadata__\":{\"a\":\"\\udc00\"}}", "half a surrogate pair");
    // Fields of a tensor.
    header("a number for a tensor", "{\"a\":1}", "tensor 'a': an object expected, came '1'");
    header("null for a tensor", "{\"a\":null}", "tensor 'a': an object expected, came 'null'");
    header("an empty tensor", "{\"a\":{}}", "dtype expected, came none");
    header("no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", "shape expected, came none", 4);
    header("no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "data_offsets expected, came none", 4);
    header("a field too many", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}",
        "dtype, shape and data_offsets expected, came 'x'", 4);
    header("dtype twice", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "dtype comes a second time", 4);
    header("shape twice", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[2],\"data_offsets\":[0,4]}}",
        "shape comes a second time", 4);
    header("offsets twice",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"data_offsets\":[0,4]}}",
        "data_offsets comes a second time", 4);
    for (var type : List.of("I64", "BF16", "F16", "U8", "BOOL", "f32", "F32 ", "", "float32")) {
      one("dtype " + type, type, "[1]", "[0,4]", "dtype F32, F64 or I32 expected, came '" + type + "'", 4);
    }
    header("a number for a dtype", "{\"a\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}",
        "dtype: a text expected", 4);
    // Shapes.
    one("a negative extent", "F32", "[-1]", "[0,4]", "shape: whole numbers of 0 to 2147483647", 4);
    one("minus zero", "F32", "[-0]", "[0,0]", "shape: whole numbers", 0);
    one("a fraction", "F32", "[1.0]", "[0,4]", "shape: whole numbers", 4);
    one("an exponent", "F32", "[1e0]", "[0,4]", "shape: whole numbers", 4);
    one("a text for an extent", "F32", "[\"1\"]", "[0,4]", "shape: whole numbers", 4);
    one("a nested shape", "F32", "[[1]]", "[0,4]", "shape: whole numbers", 4);
    one("null for a shape", "F32", "null", "[0,4]", "shape: an array expected", 4);
    one("an object for a shape", "F32", "{}", "[0,4]", "shape: an array expected", 4);
    one("an extent of 2^31", "F32", "[2147483648]", "[0,4]", "came '2147483648'", 4);
    one("an extent of 2^63", "F32", "[9223372036854775808]", "[0,4]", "came '9223372036854775808'", 4);
    one("an extent of 2^64", "F32", "[18446744073709551616]", "[0,4]", "shape: whole numbers", 4);
    one("a shape that overflows to 4 bytes", "F32", "[1073741824,1073741824,16,1]", "[0,4]",
        "a shape below 2^63 bytes expected", 4);
    one("a shape that overflows before its zero", "F64", "[2147483647,2147483647,2,0]", "[0,0]",
        "a shape below 2^63 bytes expected", 0);
    // Offsets.
    one("offsets wider than the shape", "F32", "[1]", "[0,8]", "4 bytes expected for F32 [1]", 8);
    one("offsets narrower than the shape", "F64", "[2]", "[0,8]", "16 bytes expected for F64 [2]", 8);
    one("offsets backwards", "F32", "[1]", "[4,0]", "data_offsets [from, to] expected, came [4, 0]", 4);
    one("one offset", "F32", "[1]", "[4]", "data_offsets [from, to] expected, came [4]", 4);
    one("three offsets", "F32", "[1]", "[0,4,8]", "data_offsets [from, to] expected", 8);
    one("a negative offset", "F32", "[1]", "[-4,0]", "data_offsets: whole numbers", 4);
    one("an offset of 2^63", "F32", "[1]", "[9223372036854775804,9223372036854775808]",
        "data_offsets: whole numbers", 4);
    one("offsets just below 2^63", "F32", "[1]", "[9223372036854775803,9223372036854775807]", "a hole before it", 4);
    one("offsets after the end", "F32", "[4]", "[0,16]", "data up to 16 expected, came 4 bytes; the file is cut", 4);
    one("a hole in front", "F32", "[1]", "[4,8]", "data from 0 on expected, came 4; a hole before it", 8);
    one("trailing bytes", "F32", "[1]", "[0,4]", "4 bytes of data expected, came 5", 5);
    header("bytes of no tensor", "{}", "0 bytes of data expected, came 1", 1);
    two("the same bytes twice", "[1]", "[0,4]", "[1]", "[0,4]", "it overlaps another", 4);
    two("an overlap of one byte", "[1]", "[0,4]", "[1]", "[3,7]", "came 3; it overlaps another", 7);
    two("one inside the other", "[4]", "[0,16]", "[1]", "[4,8]", "it overlaps another", 16);
    two("a hole between", "[1]", "[0,4]", "[1]", "[8,12]", "came 8; a hole before it", 12);
    two("nothing at an offset inside another", "[2]", "[0,8]", "[0]", "[4,4]", "it overlaps another", 8);
    two("nothing at an offset after the end", "[1]", "[0,4]", "[0]", "[8,8]", "a hole before it", 4);
    one("nothing with bytes", "F32", "[0]", "[0,4]", "0 bytes expected for F32 [0]", 4);
    one("nothing after the end", "F32", "[0]", "[1,1]", "a hole before it", 0);
    one("a number without bytes", "F32", "[]", "[0,0]", "4 bytes expected for F32 []", 0);
  }

  @TestFactory
  Stream<DynamicTest> everyBadFileIsRefusedInOneLine() {
    assertThat(TABLE).hasSizeGreaterThanOrEqualTo(60);
    return TABLE.stream().map(bad -> DynamicTest.dynamicTest(bad.title, () -> {
      Path file = Files.write(folder.resolve("bad.safetensors"), bad.bytes);
      assertThatThrownBy(() -> SafeTensors.read(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(file + ": ")
          .hasMessageContaining(bad.says)
          .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1))
          .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(file.toString().length() + 300));
    }));
  }

  @Test
  void everyFileCutShortIsRefused() {
    byte[] whole = whole();
    for (int n = 0; n < whole.length; n++) {
      MemorySegment cut = MemorySegment.ofArray(whole).asSlice(0, n);
      assertThatThrownBy(() -> SafeTensors.parse("cut", cut)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void changedBytesAreReadOrRefusedAndNothingElse() {
    byte[] whole = whole();
    var random = new SplittableRandom(7);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] changed = whole.clone();
      for (int k = random.nextInt(1, 4); k > 0; k--) {
        changed[random.nextInt(changed.length)] =
            (byte) (random.nextBoolean() ? random.nextInt(256) : "{}[]\",:0".charAt(random.nextInt(8)));
      }
      try {
        SafeTensors.parse("changed", MemorySegment.ofArray(changed));
      } catch (IllegalArgumentException e) {
        refused++;
        assertThat(e.getMessage().lines()).hasSize(1);
      }
    }
    assertThat(refused).isGreaterThan(2_500);
  }

  @Test
  void aFolderOrNoFileIsOneLine() {
    assertThatThrownBy(() -> SafeTensors.read(folder)).hasMessageContaining("came a folder");
    assertThatThrownBy(() -> SafeTensors.read(folder.resolve("none"))).hasMessageContaining("no such file");
  }

  private byte[] whole() {
    Path file = folder.resolve("whole.safetensors");
    SafeTensors.of(Map.of("epoch", "3"), List.of(NamedTensor.wrap("a", new float[] {1, 2}, 2),
        NamedTensor.wrap("b", new double[] {1}), NamedTensor.wrap("c", new int[0], 0, 3))).write(file);
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void raw(String title, String latin, String says) {
    TABLE.add(new Bad(title, latin.getBytes(ISO_8859_1), says));
  }

  private static void bytes(String title, byte[] header, String says) {
    TABLE.add(new Bad(title, file(header, 0), says));
  }

  private static void header(String title, String header, String says) {
    header(title, header, says, 0);
  }

  private static void header(String title, String header, String says, int data) {
    TABLE.add(new Bad(title, file(header.getBytes(UTF_8), data), says));
  }

  private static void one(String title, String type, String shape, String offsets, String says, int data) {
    header(title, "{" + entry("a", type, shape, offsets) + "}", says, data);
  }

  private static void two(String title, String shape, String offsets, String shape2, String offsets2, String says,
      int data) {
    header(title, "{" + entry("a", "F32", shape, offsets) + "," + entry("b", "F32", shape2, offsets2) + "}", says,
        data);
  }

  private static String entry(String name, String type, String shape, String offsets) {
    return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  }

  private static String longs(long length) {
    return new String(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array(), ISO_8859_1);
  }

  private static byte[] file(byte[] header, int data) {
    return ByteBuffer.allocate(8 + header.length + data).order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length).put(header).array();
  }
}
