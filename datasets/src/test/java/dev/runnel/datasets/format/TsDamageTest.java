package dev.runnel.datasets.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to a file, it loads or is refused in one line, and no memory is left. */
class TsDamageTest {
  private static final String PLAIN = """
      # a comment
      @problemName T
      @timeStamps false
      @equalLength false
      @dimensions 2
      @classLabel true one two
      @data
      1,2.5,-3e1:4,?,NaN:one
      1:2:two

      7,8:9,10:one
      """;
  private static final String TIMED = """
      @timeStamps true
      @equalLength false
      @targetLabel true
      @data
      (0,1),(1,2):(0,3),(1,4):5
      ( 7 ,1):(7,?):-6.5
      """;

  @TempDir Path folder;

  @Test
  void damageIsRefusedInOneLine() throws IOException {
    int refused = 0;
    int loaded = 0;
    byte[] bytes = " \t\r\n,:()?#%@.-+eE0123456789NaNtrue\u0000".getBytes(StandardCharsets.UTF_8);
    try (RootAllocator allocator = new RootAllocator()) {
      for (int i = 0; i < 900; i++) {
        SplitMix random = new SplitMix(11, i);
        byte[] content = (i % 2 == 0 ? PLAIN : TIMED).getBytes(StandardCharsets.UTF_8);
        if (i % 5 == 0) {
          content = Arrays.copyOf(content, random.nextInt(content.length));
        }
        for (int k = random.nextInt(3); k > 0 && content.length > 0; k--) {
          int at = random.nextInt(content.length);
          content[at] = random.nextInt(8) == 0 ? (byte) random.nextInt() : bytes[random.nextInt(bytes.length)];
        }
        Path file = Files.write(folder.resolve("T.ts"), content);
        try (Dataset data = TsReader.read(allocator, "T", file, Storage.standard().withMaxValues(1000))) {
          loaded++;
          assertThat(data.size()).isPositive();
        } catch (IllegalArgumentException e) {
          refused++;
          assertThat(e.getMessage()).as("damage " + i).startsWith(file.toString()).doesNotContain("\n", "\u0000");
        }
        assertThat(allocator.getAllocatedMemory()).as("damage " + i).isZero();
      }
    }
    assertThat(refused).isGreaterThan(200);
    assertThat(loaded).isGreaterThan(100);
  }
}
