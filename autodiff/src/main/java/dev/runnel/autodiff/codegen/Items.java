package dev.runnel.autodiff.codegen;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins.Fold;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.function.Consumer;

/** Where a work item stands, in the code of one kernel. */
final class Items {
  private final DeviceKernel kernel;
  private final Grid grid;
  private final Device device;
  private final Code code;
  private final CodeBuilder b;
  private final int[] positions;
  private int lane = -1;
  private int chunk = -1;
  private int from = -1;
  private int local = -1;
  private final Label end;

  Items(DeviceKernel kernel, Device device, Code code) {
    this.kernel = kernel;
    this.device = device;
    this.code = code;
    grid = kernel.grid();
    b = code.b;
    positions = new int[grid.loop.axes()];
    end = b.newLabel();
  }

  private int store() {
    int slot = b.allocateLocal(TypeKind.INT);
    b.istore(slot);
    return slot;
  }

  /** Finds out positions; what is past the end goes to the kernel's end. */
  void begin(Generator nest, int[] extents) {
    int vector = grid.loop.vectorAxis();
    device.position(b, grid.together ? "groupIdx" : "globalIdx");
    int rest = store();
    for (int axis = vector; axis >= 0; axis--) {
      if (spreads(axis)) {
        b.iload(rest).iload(extents[axis]).irem();
        positions[axis] = store();
        b.iload(rest).iload(extents[axis]).idiv().istore(rest);
      }
    }
    if (grid.chunked) {
      nest.argument(grid.chunks());
      b.l2i();
      int chunks = store();
      b.iload(rest).iload(chunks).irem();
      chunk = store();
      b.iload(rest).iload(chunks).idiv().istore(rest);
      nest.argument(grid.chunk());
      b.l2i();
      int each = store();
      b.iload(chunk).iload(each).imul();
      from = store();
      b.iload(from).iload(each).iadd().iload(extents[0]);
      b.invokestatic(ClassDesc.of("java.lang.Math"), "min", MethodTypeDesc.of(CD_int, CD_int, CD_int));
      extents[0] = store();
    }
    if (grid.together) {
      device.position(b, "localIdx");
      lane = store();
      String allocate = code.wide ? "allocateDoubleLocalArray" : "allocateFloatLocalArray";
      b.aload(DeviceCode.CONTEXT).loadConstant(device.group());
      b.invokevirtual(device.context(), allocate, MethodTypeDesc.of(number().arrayType(), CD_int));
      local = b.allocateLocal(TypeKind.REFERENCE);
      b.astore(local);
    }
    b.iload(rest).ifne(end);
  }

  private ClassDesc number() {
    return code.wide ? ConstantDescs.CD_double : ConstantDescs.CD_float;
  }

  void end() {
    b.labelBinding(end);
  }

  boolean spreads(int axis) {
    return (grid.spread >> axis & 1) != 0;
  }

  int position(int axis) {
    return positions[axis];
  }

  /** Variable with the first position of a loop, or -1 where that is 0. */
  int start(int axis) {
    int first = axis == 0 && grid.chunked ? from : -1;
    if (axis != grid.loop.vectorAxis() || !grid.together) {
      return first;
    }
    if (first < 0) {
      return lane;
    }
    b.iload(first).iload(lane).iadd();
    return store();
  }

  int lanes() {
    return grid.together ? device.group() : 1;
  }

  /** Moves an operand on to the chunk's part. */
  void chunk(Generator nest, int op, int pointer) {
    if (chunk >= 0) {
      b.lload(pointer);
      nest.argument(grid.chunkStride(op));
      b.iload(chunk).i2l().lmul().ladd().lstore(pointer);
    }
  }

  /** Leaves out what a flag says. */
  void going(Generator nest, int axis, int counter, Runnable then) {
    if (axis != 0 || !kernel.rows()) {
      then.run();
      return;
    }
    nest.argument(grid.flags());
    b.iload(counter).i2l();
    nest.argument(grid.each());
    b.ldiv().ladd();
    code.loadOne(grid.loop.operands().size(), DType.I32);
    if (code.wide) {
      b.l2i();
    }
    var skip = b.newLabel();
    b.ifeq(skip);
    then.run();
    b.labelBinding(skip);
  }

  /** Stack: an index. Leaves what it adds to the operand's address; one out of range is told and becomes 0. */
  void indexed(Generator nest, int entry) {
    int index = b.allocateLocal(TypeKind.LONG);
    b.lstore(index);
    var bad = b.newLabel();
    var good = b.newLabel();
    b.lload(index).lconst_0().lcmp().iflt(bad).lload(index);
    nest.argument(entry + 1);
    b.lcmp().iflt(good).labelBinding(bad);
    b.aload(DeviceCode.FIRST + kernel.types().size()).iconst_0().iconst_1();
    b.invokevirtual(device.ints(), "set", MethodTypeDesc.of(CD_void, CD_int, CD_int));
    b.lconst_0().lstore(index).labelBinding(good).lload(index);
    nest.argument(entry);
    b.lmul();
  }

  /** Pushes where this item keeps numbers. */
  void scratch() {
    device.position(b, "globalIdx");
    b.i2l().loadConstant((long) grid.kept()).lmul();
  }

  /** Hands on a value, or its fold over the items that go together, to the one that writes it. */
  void once(boolean across, Fold fold, Runnable value, Consumer<Runnable> action) {
    var kind = code.wide ? TypeKind.DOUBLE : TypeKind.FLOAT;
    if (!across || !grid.together) {
      value.run();
      int held = b.allocateLocal(kind);
      b.storeLocal(kind, held);
      action.accept(() -> b.loadLocal(kind, held));
      return;
    }
    b.aload(local).iload(lane);
    value.run();
    b.arrayStore(kind);
    barrier();
    for (int half = device.group() / 2; half > 0; half /= 2) {
      int other = half;
      first(half, () -> {
        b.aload(local).iload(lane);
        code.fold(fold, false, () -> b.aload(local).iload(lane).arrayLoad(kind),
            () -> b.aload(local).iload(lane).loadConstant(other).iadd().arrayLoad(kind));
        b.arrayStore(kind);
      });
      barrier();
    }
    first(1, () -> action.accept(() -> b.aload(local).iconst_0().arrayLoad(kind)));
    barrier();
  }

  private void first(int items, Runnable then) {
    var skip = b.newLabel();
    b.iload(lane).loadConstant(items).if_icmpge(skip);
    then.run();
    b.labelBinding(skip);
  }

  private void barrier() {
    b.aload(DeviceCode.CONTEXT).invokevirtual(device.context(), "localBarrier", ConstantDescs.MTD_void);
  }
}
