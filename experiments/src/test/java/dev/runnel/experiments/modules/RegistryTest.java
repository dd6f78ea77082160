package dev.runnel.experiments.modules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.memory.Memory;
import dev.runnel.autodiff.reference.PlanInterpreter;
import dev.runnel.models.Size;
import dev.runnel.models.Streamed;
import dev.runnel.ssm.Solver;
import dev.runnel.ssm.Stability.Kind;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said of bound models and cells holds of them. */
class RegistryTest {
  private static final Registry REGISTRY = Registry.standard();

  static Stream<String> models() {
    return REGISTRY.models().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void whatSaysThatItStreamsDoes(String name) {
    var factory = REGISTRY.models().get(name);
    var model = factory.create(new Size(2, 3, 8, 4, 2), Solver.sequential(), Map.of());
    if (!factory.isStreaming()) {
      var scope = new Tape(DType.F64).scope().with(Purpose.STREAMING);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.logits(scope, scope.tape().input("x", Shape.of(1, 9, 2)), null))
          .withMessageStartingWith("streaming: ");
      return;
    }
    double[] x = new SplittableRandom(5).doubles(9 * 2, -1, 1).toArray();
    try (var allocator = Memory.exact();
        var variables = new Variables(allocator, 2);
        var engine = new PlannedEngine(new PlanInterpreter());
        var stream = new Streamed(model, engine, variables, DType.F64, 1, 2)) {
      double[] whole = stream.next(9, x);
      stream.reset();
      double[] last = {};
      for (int t = 0; t < 9; t++) {
        last = stream.next(1, x[2 * t], x[2 * t + 1]);
      }
      for (int c = 0; c < 3; c++) {
        assertThat(last[c]).isCloseTo(whole[c], within(1e-11));
      }
      assertThat(Arrays.stream(whole).distinct().count()).isEqualTo(3);
    }
  }

  /** The paper's claim about its own cell and others', put to the test: docs/STABILITY.md has the table. */
  @Test
  void everyCellHasItsVerdict() {
    REGISTRY.cells().forEach((name, factory) -> {
      var usual = Verdict.of(factory, Verdict.USUAL);
      var any = Verdict.of(factory, Verdict.ANY);
      System.out.printf("| `%s` | %s | %s |%n", name, Verdict.text(usual), Verdict.text(any));
      assertThat(usual.kind()).as(name).isNotEqualTo(Kind.UNKNOWN);
      if (any.kind() == Kind.CONTRACTIVE) {
        assertThat(any.bound()).as(name).isGreaterThanOrEqualTo(usual.bound() * (1 - 1e-9));
      }
    });
    assertThat(kinds("lru")).containsExactly(Kind.CONTRACTIVE, Kind.CONTRACTIVE);
    assertThat(kinds("s5")).containsExactly(Kind.CONTRACTIVE, Kind.CONTRACTIVE);
    assertThat(kinds("s6")).containsExactly(Kind.CONTRACTIVE, Kind.MARGINAL);
  }

  private static Kind[] kinds(String cell) {
    var factory = Registry.find("cell", REGISTRY.cells(), cell);
    return new Kind[] {Verdict.of(factory, Verdict.USUAL).kind(), Verdict.of(factory, Verdict.ANY).kind()};
  }
}
