package dev.runnel.datasets.format;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files of every format made by Jazzer, which looks for ways not taken yet: as {@link DamageTest}, they load or are
 * refused in one line. The first byte tells the format; {@code -Drunnel.fuzz.format=a.ts} keeps to one. Not
 * part of a usual build: {@code JAZZER_FUZZ=1 mvn -Pfuzz -pl datasets -am test}, for a minute.
 */
class ParsersFuzz {
  private static final String ONLY = System.getProperty("runnel.fuzz.format", "");
  private static final Map<String, byte[]> SEEDS = seeds();
  private static final List<String> NAMES = List.copyOf(SEEDS.keySet());
  private static final Path FOLDER = folder();

  private static Map<String, byte[]> seeds() {
    try {
      var seeds = DamageTest.seeds();
      if (!ONLY.isBlank() && seeds.keySet().retainAll(List.of(ONLY)) && seeds.isEmpty()) {
        throw new IllegalArgumentException("runnel.fuzz.format: a seed's name expected, came " + ONLY);
      }
      return seeds;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path folder() {
    try {
      var folder = Files.createTempDirectory("fuzz");
      return folder;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<byte[]> undamaged() {
    return IntStream.range(0, NAMES.size()).mapToObj(i -> {
      byte[] seed = SEEDS.get(NAMES.get(i));
      byte[] told = new byte[seed.length + 1];
      told[0] = (byte) i;
      System.arraycopy(seed, 0, told, 1, seed.length);
      return told;
    });
  }

  @MethodSource("undamaged")
  @FuzzTest(maxDuration = "1m")
  void loadsOrRefusesInOneLine(byte[] told) throws IOException {
    if (told.length < 2) {
      return;
    }
    var name = NAMES.get(Byte.toUnsignedInt(told[0]) % NAMES.size());
    DamageTest.read(FOLDER.resolve(name), Arrays.copyOfRange(told, 1, told.length), DamageTest.layout(name), "made");
  }
}
