package dev.runnel.models.lrc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.models.Size;
import dev.runnel.models.Vectors;
import org.junit.jupiter.api.Test;

/** What LrcSSM is made of, and what its parameters are called. */
class LrcSsmTest {

  @Test
  void hasTheParametersOfItsPaperAtTheSizeForScp1() {
    var tape = new Tape(DType.F32);
    new LrcSsm(new Size(6, 2, 64, 16, 2)).logits(tape.scope(), tape.input("x", Shape.of(4, 896, 6)), null);
    // 2 D P + 2 P + 8 D a cell: the authors allocate D more, elastance_shift, which their asymmetric form never reads
    int cell = 2 * 16 * 64 + 2 * 64 + 8 * 16;
    int encoder = (6 * 64 + 64) + (64 * 64 + 64);
    int mlp = (16 * 64 + 64) + (64 * 64 + 64);
    int head = (64 * 64 + 64) + (64 * 2 + 2);
    assertThat(tape.parameters().values().stream().mapToLong(p -> p.shape().size()).sum())
        .isEqualTo(encoder + 2 * (cell + mlp) + head)
        .isEqualTo(24_002);
  }

  @Test
  void callsItsParametersAsTheReferenceDoes() {
    for (var golden : Vectors.read("lrcssm_classifier.json").get("cases")) {
      int hidden = golden.get("hidden").asInt();
      var size = new Size(
          golden.get("channels").asInt(), golden.get("classes").asInt(), hidden, golden.get("state").asInt(), 2);
      var tape = new Tape(DType.F32);
      new LrcSsm(size).logits(tape.scope(), tape.input("x", Shape.of(2, 7, size.channels())), null);
      var weights = golden.get("weights");
      assertThat(tape.parameters().keySet()).isEqualTo(Vectors.arrays(weights).keySet());
      tape.parameters().forEach((path, p) ->
          assertThat(p.shape()).as(path).isEqualTo(Shape.of(Vectors.shape(weights.get(path)))));
    }
  }
}
