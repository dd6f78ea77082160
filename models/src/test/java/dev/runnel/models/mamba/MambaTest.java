package dev.runnel.models.mamba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.Lowering;
import dev.runnel.autodiff.optimise.Adam;
import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.blocks.RmsNorm;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** What Mamba is made of, how it begins, and what a training step keeps in memory. */
class MambaTest {

  private static long parameters(Tape tape) {
    return tape.parameters().values().stream().mapToLong(p -> p.shape().size()).sum();
  }

  /** The 130 million parameters of the smallest published model: 24 blocks, their norms, and 50280 tied vectors. */
  @Test
  void hasThePublishedNumberOfParameters() {
    var tape = new Tape(DType.F32);
    new Residual(new MambaBlock(16), new RmsNorm(), Residual.Order.PRE)
        .apply(tape.scope(), tape.input("x", Shape.of(1, 8, 768)));
    assertThat(24 * parameters(tape) + 768 + 50_280 * 768).isEqualTo(129_135_360);
    assertThat((double) parameters(tape)).as("about 6 H^2 a block").isCloseTo(6.0 * 768 * 768, within(0.1 * 6 * 768 * 768));
    assertThat(tape.parameters()).containsOnlyKeys(
        "norm.weight", "layer.in_proj.weight", "layer.conv1d.weight", "layer.conv1d.bias", "layer.x_proj.weight",
        "layer.dt_proj.weight", "layer.dt_proj.bias", "layer.A_log", "layer.D", "layer.out_proj.weight");
    assertThat(tape.parameters().get("layer.dt_proj.weight").shape()).isEqualTo(Shape.of(1536, 48));
    assertThat(tape.parameters().get("layer.conv1d.weight").shape()).isEqualTo(Shape.of(1536, 1, 4));
  }

  @Test
  void beginsAsPublished() {
    var tape = new Tape(DType.F64);
    var x = tape.input("x", Shape.of(1, 2, 32));
    Scan.of(new S6(32, 4)).run(tape.scope().scope("one"), x);
    Scan.of(new Ssd(4, 4, 6)).run(tape.scope().scope("two"), x);
    try (var allocator = new RootAllocator();
        var variables = new Variables(allocator, 9)) {
      variables.declare(tape);
      double[] logs = variables.get("one.A_log");
      for (int i = 0; i < logs.length; i++) {
        assertThat(Math.exp(logs[i])).isCloseTo(1 + i % 4, within(1e-12));
      }
      assertThat(variables.get("one.D")).containsOnly(1);
      assertThat(variables.get("two.D")).containsOnly(1);
      for (var path : List.of("one.dt_proj.bias", "two.dt_bias")) {
        for (double bias : variables.get(path)) {
          assertThat(Math.log1p(Math.exp(bias))).as(path).isBetween(0.001 - 1e-12, 0.1 + 1e-12);
        }
      }
      for (double log : variables.get("two.A_log")) {
        assertThat(Math.exp(log)).isBetween(1.0, 16.0);
      }
      assertThat(Arrays.stream(variables.get("one.dt_proj.weight")).map(Math::abs).max().getAsDouble())
          .isBetween(0.5, 1 / Math.sqrt(2));
    }
  }

  /** A whole training step: (B, T, D, N) would be 32 times the longest sequence that it needs. */
  @Test
  void noStatesReachMemory() {
    int b = 2;
    int t = 64;
    int n = 64;
    var size = new Size(3, 2, 16, n, 2);
    int d = 2 * size.hidden();
    for (Model model :
        List.of(
            Mamba.classifier(size, new MambaBlock(n)),
            Mamba.classifier(size, new Mamba2Block(n, 2, 4, 8, Solver.sequential())),
            Mamba.s6(size, 0.1, Solver.sequential()))) {
      var tape = new Tape(DType.F32);
      var logits = model.logits(tape.scope().with(Purpose.TRAINING), tape.input("x", Shape.of(b, t, 3)), null);
      var loss = logits.crossEntropy(tape.input("labels", DType.I32, Shape.of(b))).mean();
      tape.output("norm", Adam.of(1e-3).minimise(loss));
      assertThat(Lowering.lower(tape).buffers())
          .allSatisfy(buffer -> assertThat(buffer.elements()).isLessThan((long) b * t * d * n / 4));
    }
  }

  @Test
  void errorsAreOneLine() {
    var tape = new Tape(DType.F32);
    var x = tape.input("x", Shape.of(1, 2, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> new S6(4, 0))
        .withMessage("mamba: 1 or more states expected, 0 came");
    assertThatIllegalArgumentException().isThrownBy(() -> Scan.of(new S6(4, 2)).run(tape.scope(), x))
        .withMessage("s6: 4 inputs expected, 3 came");
    assertThatIllegalArgumentException().isThrownBy(() -> Scan.of(new Ssd(1, 2, 3)).run(tape.scope(), x))
        .withMessage("ssd: 9 inputs (channels, B, C, steps) expected, 3 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Mamba2Block(2, 2, 4, 4, Solver.sequential()).apply(tape.scope(), x))
        .withMessage("mamba2: channels a head that divide 6 expected, 4 came");
  }
}
