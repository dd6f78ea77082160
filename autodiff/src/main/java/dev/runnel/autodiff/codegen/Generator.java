package dev.runnel.autodiff.codegen;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.kernel.Ins.Fold;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Operand.Along;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the loop nest of a kernel: counters, and one pointer an operand that moves on by its strides.
 * What is computed at each level is written by {@link Values}.
 *
 * <p>The nest has the Loop's axes from the outermost, except that the walk is innermost. With a paired
 * axis, two of its positions go through the inner loops together; an odd last position is computed twice.
 */
public final class Generator {
  private static final String PACKAGE = "dev.runnel.autodiff.simd.";
  private static final int ARGUMENTS = 1;
  private static final int FROM = 2;
  private static final int TO = 3;
  private static final int VECTOR_FROM = 4;
  private static final int VECTOR_TO = 5;
  private static final int SCRATCH = 6;

  private final Loop loop;
  private final Layout layout;
  private final Analysis analysis;
  private final CodeBuilder b;
  private final Code code;
  private final Values values;
  private final int[] extents;
  private final int[] counters;
  private final int[][] strides;
  private int[] pointers;
  private final int[] deltas;
  private int offset = -1;
  private final int[] left = {-1, -1};
  private int slots;

  /** Where a device's work item stands; null on a CPU. */
  private final @Nullable Items items;

  private Generator(Loop loop, int bits, int paired, CodeBuilder b) {
    this(loop, new Analysis(loop, bits > 0, paired), new Code(b, loop.type(), bits, null, new int[0]), null);
  }

  Generator(Loop loop, Analysis analysis, Code code, @Nullable Items items) {
    this.loop = loop;
    this.analysis = analysis;
    this.code = code;
    this.items = items;
    b = code.b;
    layout = new Layout(loop);
    values = new Values(loop, analysis, code, this);
    extents = new int[loop.axes()];
    counters = new int[loop.axes()];
    strides = new int[loop.operands().size()][loop.axes()];
    pointers = new int[loop.operands().size()];
    deltas = new int[loop.operands().size()];
  }

  /**
   * Class file of a {@link Kernel}.
   *
   * @param bits width of registers; 0 for one lane, without the Vector API
   * @param paired axis of which two positions are computed at once, or -1
   */
  public static byte[] generate(Loop loop, int bits, int paired, String name) {
    return ClassFile.of().build(ClassDesc.of(PACKAGE + name), c -> c
        .withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL)
        .withInterfaceSymbols(ClassDesc.of(PACKAGE + "Kernel"))
        .withMethodBody(ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_PUBLIC, b -> b
            .aload(0)
            .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
            .return_())
        .withMethodBody(
            "run",
            MethodTypeDesc.of(CD_void, CD_long.arrayType(), CD_int, CD_int, CD_int, CD_int, CD_long),
            ClassFile.ACC_PUBLIC,
            b -> new Generator(loop, bits, paired, b).body()));
  }

  void body() {
    int last = loop.vectorAxis();
    for (int axis = 0; axis < loop.axes(); axis++) {
      if (axis == last && items == null) {
        extents[axis] = VECTOR_TO;
      } else if (axis == 0 && items == null) {
        extents[axis] = TO;
      } else {
        argument(Layout.EXTENTS + axis);
        b.l2i();
        extents[axis] = b.allocateLocal(TypeKind.INT);
        b.istore(extents[axis]);
      }
    }
    if (items != null) {
      items.begin(this, extents);
    }
    for (int op = 0; op < pointers.length; op++) {
      pointers[op] = argumentLocal(layout.base(op));
      if (items != null) {
        items.chunk(this, op, pointers[op]);
      }
      for (int axis = 0; axis < loop.axes(); axis++) {
        int entry = layout.stride(op, axis);
        strides[op][axis] = entry < 0 ? -1 : argumentLocal(entry);
      }
    }
    level(0);
    if (items != null) {
      items.end();
    }
    b.return_();
  }

  void argument(int entry) {
    b.aload(ARGUMENTS).loadConstant(entry);
    if (code.device == null) {
      b.laload();
    } else {
      b.invokevirtual(code.device.longs(), "get", MethodTypeDesc.of(CD_long, CD_int));
    }
  }

  private int argumentLocal(int entry) {
    argument(entry);
    return storeLong();
  }

  private int storeLong() {
    int slot = b.allocateLocal(TypeKind.LONG);
    b.lstore(slot);
    return slot;
  }

  private void level(int level) {
    values.beginSums(level);
    values.place(level);
    if (level < analysis.deepest) {
      if (analysis.order[level + 1] == loop.walk()) {
        walk();
      } else {
        loop(level + 1);
      }
    }
    values.endSums(level);
    if (loop.walk() >= 0 && level == analysis.inner) {
      values.settle(false);
      values.place(level + Analysis.AFTER);
    }
  }

  private void loop(int level) {
    int axis = analysis.order[level];
    boolean vector = axis == loop.vectorAxis();
    boolean paired = axis == analysis.paired;
    int[] outer = pointers;
    if (items != null && items.spreads(axis)) {
      counters[axis] = items.position(axis);
      pointers = walkPointers(outer, axis, counters[axis]);
      inside(level, axis);
      pointers = outer;
      return;
    }
    int unit = vector ? items != null ? items.lanes() : code.lanes() : 1;
    int step = paired ? 2 * unit : unit;
    pointers = outer.clone();
    int start = items != null ? items.start(axis) : vector ? VECTOR_FROM : axis == 0 ? FROM : -1;
    int[] steps = new int[pointers.length];
    for (int op = 0; op < pointers.length; op++) {
      if (!moves(op, axis)) {
        continue;
      }
      if (strides[op][axis] >= 0) {
        b.lload(strides[op][axis]).loadConstant((long) step).lmul();
        steps[op] = storeLong();
      }
      b.lload(outer[op]);
      if (start >= 0) {
        b.iload(start).i2l();
        stride(op, axis);
        b.lmul().ladd();
      }
      pointers[op] = storeLong();
    }
    int counter = b.allocateLocal(TypeKind.INT);
    counters[axis] = counter;
    if (start >= 0) {
      b.iload(start);
    } else {
      b.iconst_0();
    }
    b.istore(counter);
    var head = b.newLabel();
    var exit = b.newLabel();
    b.labelBinding(head).iload(counter).iload(extents[axis]).if_icmpge(exit);
    if (paired) {
      pair(axis, unit);
    }
    if (vector && items == null) {
      for (int u = 0; u < (paired ? 2 : 1); u++) {
        b.iload(VECTOR_TO).iload(counter).isub();
        if (u == 1) {
          b.iload(offset).isub();
        }
        left[u] = b.allocateLocal(TypeKind.INT);
        b.istore(left[u]);
      }
      if (!paired) {
        left[1] = left[0];
      }
    }
    inside(level, axis);
    for (int op = 0; op < pointers.length; op++) {
      if (moves(op, axis)) {
        b.lload(pointers[op]);
        if (strides[op][axis] >= 0) {
          b.lload(steps[op]);
        } else {
          b.loadConstant(step * code.unit(loop.operands().get(op).type()));
        }
        b.ladd().lstore(pointers[op]);
      }
    }
    b.iinc(counter, step);
    b.goto_(head).labelBinding(exit);
    pointers = outer;
  }

  private void inside(int level, int axis) {
    if (items == null) {
      level(level);
    } else {
      items.going(this, axis, counters[axis], () -> level(level));
    }
  }

  /** How far the second position is from the first: nothing where there is none. */
  private void pair(int axis, int unit) {
    offset = b.allocateLocal(TypeKind.INT);
    b.iconst_0().istore(offset);
    var alone = b.newLabel();
    b.iload(counters[axis]).loadConstant(unit).iadd().iload(extents[axis]).if_icmpge(alone);
    b.loadConstant(unit).istore(offset);
    b.labelBinding(alone);
    for (int op = 0; op < pointers.length; op++) {
      if (moves(op, axis)) {
        b.iload(offset).i2l();
        stride(op, axis);
        b.lmul();
        deltas[op] = storeLong();
      }
    }
  }

  private void stride(int op, int axis) {
    if (strides[op][axis] >= 0) {
      b.lload(strides[op][axis]);
    } else {
      b.loadConstant(code.unit(loop.operands().get(op).type()));
    }
  }

  private boolean moves(int op, int axis) {
    return (analysis.moves(op) >> axis & 1) != 0;
  }

  private void walk() {
    int axis = loop.walk();
    int[] outer = pointers;
    values.beginCarries();
    int counter = b.allocateLocal(TypeKind.INT);
    counters[axis] = counter;
    boolean backward = loop.backward();
    if (backward) {
      b.iload(extents[axis]).iconst_1().isub().istore(counter);
    } else {
      first(axis);
      b.istore(counter);
    }
    pointers = walkPointers(outer, axis, counter);
    if (loop.replay() != null) {
      stretches(loop.replay(), axis, outer);
    } else {
      var head = b.newLabel();
      var exit = b.newLabel();
      b.labelBinding(head).iload(counter);
      if (backward) {
        first(axis);
        b.if_icmplt(exit);
      } else {
        b.iload(extents[axis]).if_icmpge(exit);
      }
      step(axis, backward, outer);
      b.goto_(head).labelBinding(exit);
    }
    pointers = outer;
  }

  private void first(int axis) {
    if (axis == 0 && items == null) {
      b.iload(FROM);
    } else {
      b.iconst_0();
    }
  }

  private int[] walkPointers(int[] outer, int axis, int counter) {
    int[] inner = outer.clone();
    for (int op = 0; op < inner.length; op++) {
      if (moves(op, axis)) {
        b.lload(outer[op]).iload(counter).i2l();
        stride(op, axis);
        b.lmul().ladd();
        inner[op] = storeLong();
      }
    }
    return inner;
  }

  private void step(int axis, boolean backward, int[] outer) {
    for (int op = 0; op < pointers.length; op++) {
      if (isSparse(op, axis)) {
        int every = loop.operands().get(op).every();
        b.lload(outer[op]).iload(counters[axis]).loadConstant(every - 1).iadd().loadConstant(every).idiv().i2l();
        stride(op, axis);
        b.lmul().ladd().lstore(pointers[op]);
      }
    }
    values.settle(false);
    values.place(analysis.deepest);
    values.nextCarries();
    advance(axis, backward);
  }

  /** Whether an operand has a row for each stretch of a forward walk instead of each step. */
  private boolean isSparse(int op, int axis) {
    return moves(op, axis) && !loop.backward() && loop.operands().get(op).every() > 1;
  }

  private void advance(int axis, boolean backward) {
    for (int op = 0; op < pointers.length; op++) {
      if (moves(op, axis) && !isSparse(op, axis)) {
        b.lload(pointers[op]);
        stride(op, axis);
        if (backward) {
          b.lsub();
        } else {
          b.ladd();
        }
        b.lstore(pointers[op]);
      }
    }
    b.iinc(counters[axis], backward ? -1 : 1);
  }

  /** From the last stretch to the first: step through it forward and keep the states, then go back. */
  private void stretches(Loop.Replay replay, int axis, int[] outer) {
    int back = counters[axis];
    int[] inner = pointers;
    int stretch = b.allocateLocal(TypeKind.INT);
    int begin = b.allocateLocal(TypeKind.INT);
    int kept = b.allocateLocal(TypeKind.LONG);
    long each = code.keptUnit() * replay.next().size();
    var head = b.newLabel();
    var exit = b.newLabel();
    b.labelBinding(head).iload(back);
    first(axis);
    b.if_icmplt(exit);
    b.iload(back).loadConstant(replay.every()).idiv().istore(stretch);
    b.iload(stretch).loadConstant(replay.every()).imul().istore(begin);
    if (items == null) {
      b.lload(SCRATCH).loadConstant((long) Layout.SLOTS).ladd().lstore(kept);
    } else {
      items.scratch();
      b.lstore(kept);
    }
    values.beginReplay(replay, k -> {
      int op = replay.checkpoints().get(k);
      b.lload(outer[op]);
      if (moves(op, axis)) {
        b.iload(stretch).i2l();
        stride(op, axis);
        b.lmul().ladd();
      }
    });
    int forth = b.allocateLocal(TypeKind.INT);
    b.iload(begin).istore(forth);
    pointers = walkPointers(outer, axis, begin);
    counters[axis] = forth;
    var again = b.newLabel();
    var turn = b.newLabel();
    b.labelBinding(again).iload(forth).iload(back).if_icmpgt(turn);
    values.settle(true);
    values.keep(kept);
    values.place(analysis.deepest + Analysis.REPEATED);
    values.nextReplay(replay);
    b.lload(kept).loadConstant(each).ladd().lstore(kept);
    advance(axis, false);
    b.goto_(again).labelBinding(turn);
    pointers = inner;
    counters[axis] = back;
    values.replayed(kept);
    var down = b.newLabel();
    b.labelBinding(down).iload(back).iload(begin).if_icmplt(head);
    b.lload(kept).loadConstant(each).lsub().lstore(kept);
    step(axis, true, outer);
    b.goto_(down).labelBinding(exit);
  }

  /** Pushes the address of an operand at the present position. */
  void address(int op, int copy) {
    b.lload(pointers[op]);
    if (copy == 1 && analysis.paired >= 0 && moves(op, analysis.paired)) {
      b.lload(deltas[op]).ladd();
    }
  }

  /** Stack: an index, as long. Leaves what it adds to the operand's address. */
  void indexed(int op) {
    if (items != null) {
      items.indexed(this, layout.index(op));
      return;
    }
    b.aload(ARGUMENTS).loadConstant(layout.index(op));
    code.raw("index", CD_long, CD_long, CD_long.arrayType(), CD_int);
  }

  /** Pushes the position along an axis as int. */
  void position(int axis, int copy) {
    b.iload(counters[axis]);
    if (copy == 1 && axis == analysis.paired) {
      b.iload(offset).iadd();
    }
  }

  /** Pushes how many elements the row has from here, as int. */
  void left(int copy) {
    b.iload(left[copy]);
  }

  /** Hands on a sum to what writes it: see {@link Items#once}. */
  void once(boolean across, Fold fold, Runnable value, Consumer<Runnable> action) {
    requireNonNull(items).once(across, fold, value, action);
  }

  /** Pushes 1 when this is the first block of the vector axis. */
  void ifFirstBlock(Runnable then, Runnable otherwise) {
    b.iload(counters[loop.vectorAxis()]).iload(VECTOR_FROM);
    var no = b.newLabel();
    var end = b.newLabel();
    b.if_icmpne(no);
    then.run();
    b.goto_(end).labelBinding(no);
    otherwise.run();
    b.labelBinding(end);
  }

  /** A runnable that pushes the address of a fresh piece of scratch memory, one vector long. */
  Runnable slot() {
    long at = 64L * (slots++ % (Layout.SLOTS / 64));
    return () -> b.lload(SCRATCH).loadConstant(at).ladd();
  }

  /** Pushes the byte stride of a strided operand along the vector axis. */
  void vectorStride(int op) {
    Operand operand = loop.operands().get(op);
    if (operand.vector() == Along.STRIDED) {
      b.lload(strides[op][loop.vectorAxis()]);
    } else {
      b.loadConstant((long) operand.type().bytes());
    }
  }
}
