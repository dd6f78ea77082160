package dev.runnel.autodiff.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Operand.Along;
import dev.runnel.autodiff.kernel.Plan;
import dev.runnel.autodiff.kernel.Prim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Plans small enough to be worked out by hand, one feature each. */
class PlanInterpreterTest {
  private final Arena arena = Arena.ofConfined();
  private final List<MemorySegment> memory = new ArrayList<>();
  private final List<Plan.Buffer> buffers = new ArrayList<>();

  @AfterEach
  void free() {
    arena.close();
  }

  private int floats(double... values) {
    MemorySegment segment = arena.allocate(values.length * 4L, 64);
    for (int i = 0; i < values.length; i++) {
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
    }
    return buffer(DType.F32, values.length, segment);
  }

  private int doubles(double... values) {
    return buffer(DType.F64, values.length, arena.allocateFrom(ValueLayout.JAVA_DOUBLE, values));
  }

  private int ints(int... values) {
    return buffer(DType.I32, values.length, arena.allocateFrom(ValueLayout.JAVA_INT, values));
  }

  private int buffer(DType type, int elements, MemorySegment segment) {
    memory.add(segment);
    buffers.add(new Plan.Buffer(type, elements, Plan.Role.VARIABLE, "", -1));
    return memory.size() - 1;
  }

  private float[] floatsOf(int buffer) {
    return memory.get(buffer).toArray(ValueLayout.JAVA_FLOAT);
  }

  private void run(Plan.Item... items) {
    long[] addresses = memory.stream().mapToLong(MemorySegment::address).toArray();
    try (var backend = new PlanInterpreter();
        var plan = backend.prepare(new Plan(List.of(new Plan.Step(List.of(items))), buffers, 0), addresses)) {
      plan.run();
    }
  }

  private static Operand operand(int moves, Along vector) {
    return new Operand(DType.F32, moves, vector, false);
  }

  private static Plan.Arg arg(int buffer, long... strides) {
    List<Long> list = new ArrayList<>();
    for (long stride : strides) {
      list.add(stride);
    }
    return new Plan.Arg(buffer, 0, list, 0, 0, 0, 0);
  }

  private static Plan.Group group(int outer, int chunk, int tile, Plan.Call... calls) {
    return new Plan.Group(List.of(calls), outer, chunk, tile, 1024);
  }

  private static Loop flat(int axes, List<Operand> operands, Ins... body) {
    return new Loop(
        DType.F32, axes, -1, false, operands, List.of(), List.of(body), List.of(), List.of(), List.of(), null);
  }

  @Test
  void stridesAndOneElementForAllLanes() {
    int x = floats(1, 2, 3, 4, 5, 6);
    int s = floats(10, 20);
    int y = floats(0, 0, 0, 0, 0, 0);
    Loop loop =
        flat(
            2,
            List.of(operand(3, Along.STRIDED), operand(1, Along.SAME), new Operand(DType.F32, 3, Along.UNIT, true)),
            new Ins.Load(0, -1),
            new Ins.Load(1, -1),
            new Ins.Compute(Prim.ADD, 0, 1, -1),
            new Ins.Store(2, 2));
    // x is read transposed: (2, 3) out of (3, 2)
    run(group(2, 1, 1, new Plan.Call(loop, List.of(2, 3), List.of(arg(x, 1, 2), arg(s, 1, 0), arg(y, 3, 1)))));
    assertArrayEquals(new float[] {11, 13, 15, 22, 24, 26}, floatsOf(y));
  }

  @Test
  void everyOperationIsRoundedToFloat() {
    int x = floats(1, 1);
    int y = floats(0, 0);
    Loop loop =
        flat(
            1,
            List.of(operand(1, Along.UNIT), operand(1, Along.UNIT)),
            new Ins.Load(0, -1),
            new Ins.Const(Kind.FLOAT, Math.scalb(1.0, -24)),
            new Ins.Compute(Prim.ADD, 0, 1, -1),
            new Ins.Compute(Prim.ADD, 2, 1, -1),
            new Ins.Store(1, 3));
    run(group(2, 2, 2, new Plan.Call(loop, List.of(2), List.of(arg(x, 1), arg(y, 1)))));
    assertArrayEquals(new float[] {1, 1}, floatsOf(y));
  }

  @Test
  void aFoldOverTheVectorAxisIsWrittenAndTheNextCallReadsIt() {
    int x = floats(1, 2, 3, 4, 5, 6);
    int sum = floats(77, 77);
    int y = floats(0, 0, 0, 0, 0, 0);
    Loop fold =
        flat(
            2,
            List.of(operand(3, Along.UNIT), operand(1, Along.SAME)),
            new Ins.Load(0, -1),
            new Ins.Reduce(1, 0, Ins.Fold.SUM));
    Loop use =
        flat(
            2,
            List.of(operand(3, Along.UNIT), operand(1, Along.SAME), operand(3, Along.UNIT)),
            new Ins.Load(0, -1),
            new Ins.Load(1, -1),
            new Ins.Compute(Prim.DIV, 0, 1, -1),
            new Ins.Store(2, 2));
    run(
        group(
            2,
            2,
            1,
            new Plan.Call(fold, List.of(2, 3), List.of(arg(x, 3, 1), arg(sum, 1, 0))),
            new Plan.Call(use, List.of(2, 3), List.of(arg(x, 3, 1), arg(sum, 1, 0), arg(y, 3, 1)))));
    assertArrayEquals(new float[] {6, 15}, floatsOf(sum));
    assertArrayEquals(new float[] {1 / 6f, 2 / 6f, 3 / 6f, 4 / 15f, 5 / 15f, 6 / 15f}, floatsOf(y));
  }

  @Test
  void chunksFoldIntoTheirOwnParts() {
    int x = floats(1, 2, 3, 4, 5, 6);
    int parts = floats(77, 77, 77, 77);
    Loop loop =
        flat(
            2,
            List.of(operand(3, Along.UNIT), operand(2, Along.UNIT)),
            new Ins.Load(0, -1),
            new Ins.Reduce(1, 0, Ins.Fold.MAX));
    var part = new Plan.Arg(parts, 0, List.of(0L, 1L), 0, 0, 2, 0);
    run(group(3, 2, 1, new Plan.Call(loop, List.of(3, 2), List.of(arg(x, 2, 1), part))));
    assertArrayEquals(new float[] {3, 4, 5, 6}, floatsOf(parts));
  }

  @Test
  void aWalkCarriesForwardAndBackward() {
    int x = floats(1, 10, 2, 20, 3, 30);
    int all = floats(new double[6]);
    int last = floats(0, 0);
    var operands = List.of(operand(3, Along.UNIT), operand(3, Along.UNIT), operand(2, Along.UNIT));
    for (boolean backward : new boolean[] {false, true}) {
      Loop loop =
          new Loop(
              DType.F32,
              2,
              0,
              backward,
              operands,
              List.of(new Ins.Const(Kind.FLOAT, 0)),
              List.of(
                  new Ins.Carry(0),
                  new Ins.Const(Kind.FLOAT, 2),
                  new Ins.Load(0, -1),
                  new Ins.Compute(Prim.FMA, 1, 2, 3),
                  new Ins.Store(1, 4)),
              List.of(new Ins.Carry(0), new Ins.Store(2, 6)),
              List.of(0),
              List.of(4),
              null);
      var args = List.of(arg(x, 2, 1), arg(all, 2, 1), arg(last, 0, 1));
      run(group(3, 3, 3, new Plan.Call(loop, List.of(3, 2), args)));
      float[] steps = backward ? new float[] {17, 170, 8, 80, 3, 30} : new float[] {1, 10, 4, 40, 11, 110};
      assertArrayEquals(steps, floatsOf(all));
      assertArrayEquals(backward ? new float[] {17, 170} : new float[] {11, 110}, floatsOf(last));
    }
  }

  @Test
  void aBackwardWalkReadsWhatItReplays() {
    // h_t = h_(t-1) + x_t from 100, stretches of two: what goes into steps 0 .. 4 is 100 101 103 106 110.
    int x = floats(1, 2, 3, 4, 5);
    int starts = floats(100, 103, 110);
    int seen = floats(new double[5]);
    int axis = floats(new double[5]);
    Loop loop =
        new Loop(
            DType.F32,
            2,
            0,
            true,
            List.of(operand(1, Along.SAME), operand(1, Along.SAME), operand(1, Along.SAME), operand(1, Along.SAME)),
            List.of(),
            List.of(
                new Ins.Replayed(0),
                new Ins.Store(2, 0),
                new Ins.Axis(0),
                new Ins.Compute(Prim.TO_FLOAT, 2, -1, -1),
                new Ins.Store(3, 3)),
            List.of(),
            List.of(),
            List.of(),
            new Loop.Replay(
                2,
                List.of(1),
                List.of(new Ins.Carry(0), new Ins.Load(0, -1), new Ins.Compute(Prim.ADD, 5, 6, -1)),
                List.of(7)));
    var args = List.of(arg(x, 1, 0), arg(starts, 1, 0), arg(seen, 1, 0), arg(axis, 1, 0));
    run(group(5, 5, 5, new Plan.Call(loop, List.of(5, 1), args)));
    assertArrayEquals(new float[] {100, 101, 103, 106, 110}, floatsOf(seen));
    assertArrayEquals(new float[] {0, 1, 2, 3, 4}, floatsOf(axis));
  }

  @Test
  void gathersAndScattersByIndex() {
    int table = floats(1, 2, 10, 20, 100, 200);
    int index = ints(2, 0, 2);
    int y = floats(new double[6]);
    int back = floats(new double[6]);
    Loop loop =
        flat(
            2,
            List.of(
                new Operand(DType.I32, 1, Along.SAME, false),
                operand(2, Along.UNIT),
                operand(3, Along.UNIT),
                operand(2, Along.UNIT)),
            new Ins.Load(0, -1),
            new Ins.Load(1, 0),
            new Ins.Store(2, 1),
            new Ins.Scatter(3, 0, 1));
    var rows = new Plan.Arg(table, 0, List.of(0L, 1L), 2, 3, 0, 0);
    var into = new Plan.Arg(back, 0, List.of(0L, 1L), 2, 3, 0, 0);
    var item = group(3, 3, 3, new Plan.Call(loop, List.of(3, 2), List.of(arg(index, 1, 0), rows, arg(y, 2, 1), into)));
    run(item);
    assertArrayEquals(new float[] {100, 200, 1, 2, 100, 200}, floatsOf(y));
    assertArrayEquals(new float[] {1, 2, 0, 0, 200, 400}, floatsOf(back));

    memory.get(index).setAtIndex(ValueLayout.JAVA_INT, 1, 3);
    String message = assertThrows(IllegalArgumentException.class, () -> run(item)).getMessage();
    assertEquals("plan: expected an index in 0 .. 2, came 3 for operand 1; check the indexes that are fed", message);
  }

  @Test
  void productsTransposedAndSplit() {
    int a = floats(1, 2, 3, 4);
    int b = floats(5, 6, 7, 8);
    int c = floats(new double[4]);
    for (int way = 0; way < 4; way++) {
      boolean left = (way & 1) != 0;
      boolean right = (way & 2) != 0;
      run(new Plan.Gemm(DType.F32, left, right, 1, 2, 2, 2, 1, arg(a, 4, 2, 1), arg(b, 4, 2, 1), arg(c, 4, 2, 1)));
      float[][] wanted = {{19, 22, 43, 50}, {26, 30, 38, 44}, {17, 23, 39, 53}, {23, 31, 34, 46}};
      assertArrayEquals(wanted[way], floatsOf(c));
    }
    double[] ones = new double[40];
    Arrays.fill(ones, 1);
    int row = doubles(ones);
    int column = doubles(ones);
    int parts = doubles(9, 9, 9);
    var part = new Plan.Arg(parts, 0, List.of(0L, 1L, 1L), 0, 0, 1, 0);
    run(new Plan.Gemm(DType.F64, false, false, 1, 1, 1, 40, 3, arg(row, 0, 40, 1), arg(column, 0, 1, 1), part));
    assertArrayEquals(new double[] {16, 16, 8}, memory.get(parts).toArray(ValueLayout.JAVA_DOUBLE));
  }

  @Test
  void aRepeatGoesRoundUntilItIsTold() {
    int current = floats(1);
    int trace = floats(new double[8]);
    int going = ints(1);
    Loop loop =
        flat(
            1,
            List.of(
                operand(1, Along.UNIT),
                new Operand(DType.I32, 1, Along.UNIT, false),
                operand(1, Along.UNIT)),
            new Ins.Load(0, -1),
            new Ins.Compute(Prim.ADD, 0, 0, -1),
            new Ins.Const(Kind.FLOAT, 30),
            new Ins.Compute(Prim.LT, 2, 1, -1),
            new Ins.Const(Kind.INT, 0),
            new Ins.Const(Kind.INT, 1),
            new Ins.Compute(Prim.ISEL, 3, 4, 5),
            new Ins.Store(1, 6),
            new Ins.Store(2, 1),
            new Ins.Store(0, 1));
    var moving = new Plan.Arg(trace, 0, List.of(1L), 0, 0, 0, 1);
    var call = new Plan.Call(loop, List.of(1), List.of(arg(current, 1), arg(going, 1), moving));
    var body = List.of(new Plan.Step(List.of(group(1, 1, 1, call))));
    run(new Plan.Repeat(8, going, 1, body));
    assertArrayEquals(new float[] {2, 4, 8, 16, 32, 0, 0, 0}, floatsOf(trace));
    assertArrayEquals(new float[] {32}, floatsOf(current));
    run(new Plan.Repeat(2, going, 0, body));
    assertArrayEquals(new float[] {128}, floatsOf(current));
  }
}
