package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VariablesTest {
  private final RootAllocator allocator = new RootAllocator();

  @AfterEach
  void nothingLeaks() {
    assertThat(allocator.getAllocatedMemory()).isZero();
    allocator.close();
  }

  private static Tape declaring(String... names) {
    var tape = new Tape(DType.F32);
    for (var name : names) {
      tape.scope().scope("layer").parameter(name, Shape.of(3, 5), Init.normal(1));
    }
    return tape;
  }

  @Test
  void valuesAreAFunctionOfSeedAndPath() {
    try (var one = new Variables(allocator, 7);
        var two = new Variables(allocator, 7);
        var other = new Variables(allocator, 8)) {
      one.declare(declaring("a", "b"));
      two.declare(declaring("b"));
      two.declare(declaring("c", "a"));
      other.declare(declaring("a"));
      assertThat(two.get("layer.a")).containsExactly(one.get("layer.a"));
      assertThat(two.get("layer.b")).containsExactly(one.get("layer.b"));
      assertThat(one.get("layer.a")).isNotEqualTo(one.get("layer.b"));
      assertThat(other.get("layer.a")).isNotEqualTo(one.get("layer.a"));
    }
  }

  @Test
  void programsShareThem() {
    for (var on : List.of(On.ORACLE, On.PLAN, On.SIMD, On.DEVICE)) {
      var writes = new Tape(DType.F32);
      var p = writes.scope().parameter("p", Shape.of(3), Init.of(1, 2, 3));
      writes.assign(p, p.times(2));
      var reads = new Tape(DType.F32);
      reads.output("sum", reads.scope().parameter("p", Shape.of(3), Init.zeros()).sum());
      try (var variables = new Variables(allocator, 1);
          var writer = on.engine().compile(writes, variables);
          var reader = on.engine().compile(reads, variables)) {
        writer.run();
        reader.run();
        assertThat(reader.get("sum")).containsExactly(12);
        writer.run();
        reader.run();
        assertThat(reader.get("sum")).containsExactly(24);
        variables.set("p", 1, 1, 1);
        reader.run();
        assertThat(reader.get("sum")).containsExactly(3);
      }
    }
  }

  @Test
  void aRunReadsTheOldValuesThroughout() {
    for (var on : List.of(On.ORACLE, On.PLAN, On.SIMD, On.DEVICE)) {
      var tape = new Tape(DType.F64);
      var a = tape.scope().parameter("a", Shape.of(2), Init.of(1, 2));
      var b = tape.scope().parameter("b", Shape.of(2), Init.of(10, 20));
      tape.assign(a, b);
      tape.assign(b, a);
      tape.output("old", a.plus(b));
      try (var variables = new Variables(allocator, 1);
          var program = on.engine().compile(tape, variables)) {
        program.run();
        assertThat(variables.get("a")).containsExactly(10, 20);
        assertThat(variables.get("b")).containsExactly(1, 2);
        assertThat(program.get("old")).containsExactly(11, 22);
      }
    }
  }

  @Test
  void errorsSayWhatIsStored() {
    try (var variables = new Variables(allocator, 1)) {
      variables.declare(declaring("a"));
      var tape = new Tape(DType.F32);
      tape.scope().scope("layer").parameter("a", Shape.of(5, 3), Init.zeros());
      assertThatThrownBy(() -> variables.declare(tape))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("layer.a: F32 (3, 5) is stored, F32 (5, 3) came");
      assertThatThrownBy(() -> variables.set("layer.a", 1, 2))
          .hasMessage("layer.a: values: 15 for shape (3, 5) expected, 2 came");
      assertThatThrownBy(() -> variables.get("layer.b")).hasMessage("layer.b: one of [layer.a] expected");
      assertThatThrownBy(() -> declaring("a").scope().scope("no dots.please"))
          .hasMessage("scope: a name of letters, digits, _ and - expected, 'no dots.please' came");
    }
  }

  @Test
  void aFailedFirstValueLeavesNothingBehind() {
    var tape = new Tape(DType.F32);
    tape.scope().parameter("a", Shape.of(2), Init.of(1, 2, 3));
    try (var variables = new Variables(allocator, 1)) {
      assertThatThrownBy(() -> variables.declare(tape)).hasMessageContaining("3 came");
      assertThat(variables.areas()).isEmpty();
    }
  }
}
