package dev.runnel.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.models.blocks.BatchNorm;
import dev.runnel.models.blocks.Glu;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.liquid.Guard;
import dev.runnel.models.liquid.Liquid;
import dev.runnel.models.liquid.LiquidS4;
import dev.runnel.models.liquid.Start;
import dev.runnel.models.s4.Discretisation;
import dev.runnel.models.s4.S4;
import dev.runnel.models.s4.S4d;
import dev.runnel.models.s4.S4dModel;
import dev.runnel.models.s4.Spectrum;
import dev.runnel.models.s5.Conjugates;
import dev.runnel.models.s5.S5;
import dev.runnel.models.s5.S5Model;
import dev.runnel.ssm.Solver;
import org.junit.jupiter.api.Test;

/** Models have as many parameters as those that were published, for Speech Commands with 35 classes. */
class PublishedTest {
  private static final Solver STEPS = Solver.sequential();

  /** S4 has 306,851; S4D lacks its low-rank part P, 2 x 32 complex numbers a block. */
  @Test
  void s4dOfSixBlocks() {
    var cell = new S4d(128, 64, 2, Spectrum.LEGS, Discretisation.ZOH, 0.001, 0.1);
    assertThat(count(S4dModel.of(new Size(1, 35, 128, 64, 6), cell, Direction.BIDIRECTIONAL, 0, STEPS)))
        .isEqualTo(306_851 - 6 * 2 * 32 * 2);
  }

  @Test
  void s4OfSixBlocks() {
    var layer = new S4dModel.S4Layer(new S4(128, 64, 2, 0.001, 0.1), Direction.BIDIRECTIONAL);
    assertThat(count(S4dModel.of(new Size(1, 35, 128, 64, 6), layer, 0))).isEqualTo(306_851);
  }

  @Test
  void liquidS4OfSixBlocks() {
    var cell = new Liquid(128, 7, Start.LEGS, 0.002, 0.2, Guard.NONE);
    var model =
        LiquidS4.classifier(
            new Size(1, 35, 128, 7, 6), new LiquidS4.LowRankLayer(cell), new BatchNorm(), Residual.Order.PRE, 0);
    assertThat(count(model)).isEqualTo(224_675);
  }

  @Test
  void s5OfSixBlocks() {
    var cell = new S5(128, 16, Conjugates.IMPLIED, Discretisation.ZOH, Sampling.EVEN, 0.001, 0.1);
    var model =
        S5Model.of(new Size(1, 35, 96, 128, 6), cell, Direction.BIDIRECTIONAL, Glu.Form.HALF, 0.1, STEPS);
    assertThat(count(model)).isEqualTo(283_523);
  }

  private static long count(Model model) {
    var tape = new Tape(DType.F32);
    model.logits(tape.scope(), tape.input("x", Shape.of(2, 5, 1)), null);
    return tape.parameters().values().stream().mapToLong(p -> p.shape().size()).sum();
  }
}
