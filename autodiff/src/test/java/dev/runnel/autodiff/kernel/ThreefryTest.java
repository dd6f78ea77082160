package dev.runnel.autodiff.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.simd.Cold;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** Known answers of threefry2x32 with 20 rounds (Random123, kat_vectors), and the same words from a kernel. */
class ThreefryTest {

  @Test
  void givesTheKnownAnswers() {
    assertThat(Threefry.first(0, 0, 0, 0)).isEqualTo(0x6b200159);
    assertThat(Threefry.first(-1, -1, -1, -1)).isEqualTo(0x1cb996fc);
    assertThat(Threefry.first(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).isEqualTo(0xc4923a9c);
  }

  @Test
  void aKernelGivesTheSameWords() {
    int n = 41;
    var random = new SplittableRandom(1);
    var tape = new Tape(DType.F32);
    var names = new String[] {"k0", "k1", "c0", "c1"};
    var operands = Arrays.stream(names).map(name -> tape.input(name, DType.I32, Shape.of(n)))
        .toArray(dev.runnel.autodiff.Tensor[]::new);
    tape.output("word", tape.point(Pointwise.THREEFRY, operands));
    try (var allocator = new RootAllocator();
        var variables = new Variables(allocator, 1);
        var engine = new PlannedEngine(Cold.backend(1));
        var program = engine.compile(tape, variables)) {
      int[][] words = new int[4][];
      for (int i = 0; i < 4; i++) {
        words[i] = random.ints(n).toArray();
        program.set(names[i], Arrays.stream(words[i]).asDoubleStream().toArray());
      }
      program.run();
      double[] word = program.get("word");
      for (int k = 0; k < n; k++) {
        assertThat((int) word[k]).isEqualTo(Threefry.first(words[0][k], words[1][k], words[2][k], words[3][k]));
      }
    }
  }
}
