package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a caller got wrong, in one line. */
class ErrorsTest {
  private final Tape tape = new Tape(DType.F32);
  private final Tensor x = tape.input("x", Shape.of(3, 5));
  private final Tensor y = tape.input("y", Shape.of(4, 5));

  private static void says(String message, ThrowingCallable call) {
    var error = catchThrowable(call);
    assertThat(error).isInstanceOf(IllegalArgumentException.class);
    assertThat(error).hasMessage(message);
    assertThat(message).doesNotContain("\n");
  }

  @Test
  void ofShapes() {
    says("add: shapes that broadcast expected, (3, 5) and (4, 5) came; reshape one of them", () -> x.plus(y));
    says("matmul: inner extents that agree expected, 5 of (3, 5) and 4 of (4, 5) came; transpose one of them?",
        () -> x.matmul(y));
    says("matmul: two axes or more expected, (3, 5) and () came", () -> x.matmul(tape.constant(1)));
    says("matmul: the same leading axes expected, (2, 3, 5) and (4, 5, 2) came",
        () -> tape.input("a", Shape.of(2, 3, 5)).matmul(tape.input("b", Shape.of(4, 5, 2))));
    says("reshape: 15 elements expected, shape (4, 4) has 16", () -> x.reshape(4, 4));
    says("reshape: 15 elements expected, shape (4, 3) has 12", () -> x.reshape(4, -1));
    says("transpose: each of the 2 axes once expected, [0, 0] came", () -> x.transpose(0, 0));
    says("axis: one of the 2 axes of (3, 5) expected, 2 came", () -> x.sum(2));
    says("slice: a range within [0, 5) expected, [3, 6) came", () -> x.slice(1, 3, 6));
    says("concat: at least one part expected, none came", () -> Tensor.concat(0));
    says("concat: parts like F32 (3, 5) except along axis 1 expected, F32 (4, 5) came", () -> Tensor.concat(1, x, y));
    says("broadcast: a shape that fits (3, 5) expected, (5) came", () -> x.broadcastTo(Shape.of(5)));
    says("broadcast: shapes that broadcast expected, (3, 5) and (4, 5) came; reshape one of them",
        () -> x.broadcastTo(Shape.of(4, 5)));
    says("shape: extents of 0 or more expected, [-2, 3] came", () -> Shape.of(-2, 3));
    says("gradients: a scalar expected, shape (3, 5) came; sum it, or give cotangents",
        () -> tape.gradients(x, List.of(x)));
  }

  @Test
  void ofTypes() {
    var i = tape.input("i", DType.I32, Shape.of(5));
    says("tape: F32 or F64 expected, I32 came", () -> new Tape(DType.I32));
    says("add: operands of one type expected, [F32, I32] came; use toFloat() or toInt()", () -> x.plus(i));
    says("exp: F32 expected, I32 came; use toFloat()", i::exp);
    says("reduction: a floating tensor expected, I32 came; use toFloat()", () -> i.sum());
    says("gather: a table and an I32 index expected, (3, 5) and F32 came", () -> x.gather(y));
    says("dropout: a rate in [0, 1) expected, 1.0 came", () -> x.dropout(1, i, 0));
  }

  @Test
  void ofNames() {
    says("input 'x': F32 (3, 5) was declared, F32 (5, 3) came", () -> tape.input("x", Shape.of(5, 3)));
    tape.output("sum", x.sum());
    says("output 'sum': a name not used yet expected", () -> tape.output("sum", y.sum()));
    var p = tape.scope().parameter("p", Shape.of(2), Init.zeros());
    says("p: F32 (2) was declared, F32 (3) came; give one of the two another name",
        () -> tape.scope().parameter("p", Shape.of(3), Init.zeros()));
    says("assign p: F32 (2) expected, F32 () came", () -> tape.assign(p, tape.constant(1)));
    tape.assign(p, p.plus(1));
    says("assign p: one assignment a run expected, a second came", () -> tape.assign(p, p));
  }

  @Test
  void ofTwoTapes() {
    var other = new Tape(DType.F32).input("z", Shape.of(3, 5));
    says("add: tensors of one tape expected, two tapes came", () -> x.plus(other));
    says("matmul: tensors of one tape expected, two tapes came", () -> x.matmulTransposed(other));
    says("output 'z': tensors of one tape expected, two tapes came", () -> tape.output("z", other));
    says("gradients: tensors of one tape expected, two tapes came", () -> tape.gradients(x.sum(), List.of(other)));
    var p = tape.scope().parameter("p", Shape.of(3, 5), Init.zeros());
    says("assign: tensors of one tape expected, two tapes came", () -> tape.assign(p, other));
  }

  @Test
  void ofPrograms() {
    tape.output("sum", x.sum());
    for (var on : List.of(On.ORACLE, On.PLAN, On.SIMD, On.DEVICE)) {
      try (var allocator = new RootAllocator();
          var variables = new Variables(allocator, 1);
          var program = on.engine().compile(tape, variables)) {
        says("input 'z': input: one of [x, y] expected, 'z' came", () -> program.set("z", 1));
        says("input 'x': values: 15 for shape (3, 5) expected, 2 came", () -> program.set("x", 1, 2));
        says("output: one of [sum] expected, 'mean' came", () -> program.get("mean"));
      }
    }
  }
}
