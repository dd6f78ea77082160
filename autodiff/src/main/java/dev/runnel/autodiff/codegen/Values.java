package dev.runnel.autodiff.codegen;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Operand.Along;
import dev.runnel.autodiff.kernel.Prim;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Writes the instructions of a kernel. A value that is the same in all lanes is computed once, as a
 * scalar, and spread over lanes where lanes want it.
 */
final class Values {
  /** Added to a level: where its sums end. */
  private static final int ENDING = 3000;

  private record Cached(int place, int value, int copy) {}

  private final Loop loop;
  private final Analysis analysis;
  private final Code code;
  private final CodeBuilder b;
  private final Generator nest;
  private final int[][] slots;
  private final int[] broadcasts;
  private final int[][] carries;
  private final int[][] replays;
  private final Folds folds;
  private final Map<Cached, Integer> masks = new HashMap<>();
  private int iota = -1;
  private int place;
  private int kept = -1;

  Values(Loop loop, Analysis analysis, Code code, Generator nest) {
    this.loop = loop;
    this.analysis = analysis;
    this.code = code;
    this.nest = nest;
    b = code.b;
    int n = analysis.instructions.size();
    slots = new int[n][];
    broadcasts = new int[2 * n];
    Arrays.fill(broadcasts, -1);
    carries = new int[loop.carries()][];
    Loop.Replay replay = loop.replay();
    replays = new int[replay == null ? 0 : replay.next().size()][];
    folds = new Folds(loop, analysis, code, nest, this);
  }

  /** Writes what belongs to a straight piece of code. */
  void place(int at) {
    place = at;
    if (at == 0 && code.vector()) {
      code.iota();
      iota = store(Kind.INT, true);
    }
    for (int i : analysis.at(at)) {
      switch (analysis.instructions.get(i)) {
        case Ins.Store s -> {
          for (int u = 0; u < analysis.copies(i); u++) {
            write(s, u);
          }
        }
        case Ins.Reduce r -> folds.reduce(i, r);
        case Ins.Scatter s -> folds.scatter(s);
        default -> value(i);
      }
    }
  }

  private void value(int i) {
    Ins ins = analysis.instructions.get(i);
    if (!analysis.used(i) || analysis.isInline(i) || analysis.isLaneMask(i) || ins instanceof Ins.Carry) {
      return;
    }
    int copies = analysis.copies(i);
    boolean vector = analysis.isVector(i);
    if (!(ins instanceof Ins.Const) && (vector || !(ins instanceof Ins.Axis))) {
      int[] made = new int[copies];
      for (int u = 0; u < copies; u++) {
        compute(i, u, vector);
        made[u] = store(analysis.kind(i), vector);
      }
      slots[i] = made;
    }
    if (analysis.isBroadcast(i) && analysis.kind(i) != Kind.MASK) {
      for (int u = 0; u < copies; u++) {
        int copy = u;
        code.broadcast(analysis.kind(i), () -> push(i, copy, false));
        broadcasts[2 * i + u] = store(analysis.kind(i), true);
      }
    }
  }

  int store(Kind kind, boolean vector) {
    TypeKind type = code.variable(kind, vector);
    int slot = b.allocateLocal(type);
    b.storeLocal(type, slot);
    return slot;
  }

  Runnable pushing(int i, int u, boolean vector) {
    return () -> push(i, u, vector);
  }

  /** Pushes a value, as lanes or as one number. */
  private void push(int i, int u, boolean asVector) {
    boolean vector = analysis.isVector(i);
    int copy = Math.min(u, analysis.copies(i) - 1);
    Kind kind = analysis.kind(i);
    if (asVector && !vector) {
      if (broadcasts[2 * i + copy] >= 0) {
        b.aload(broadcasts[2 * i + copy]);
      } else {
        code.broadcast(kind, () -> push(i, copy, false));
      }
      return;
    }
    int[] slot = analysis.instructions.get(i) instanceof Ins.Carry c ? carry(i, c.k()) : slots[i];
    if (vector && kind == Kind.MASK && !analysis.isInline(i)) {
      mask(i, copy);
    } else if (slot != null) {
      b.loadLocal(code.variable(kind, vector), slot[copy]);
    } else {
      compute(i, copy, vector);
    }
    if (vector && !asVector) {
      code.first(kind);
    }
  }

  private int[] carry(int i, int k) {
    boolean replayed = i >= loop.pre().size() + loop.body().size() + loop.post().size();
    return replayed ? replays[k] : carries[k];
  }

  private void mask(int i, int u) {
    var key = new Cached(place, i, u);
    Integer slot = masks.get(key);
    if (slot == null) {
      compute(i, u, true);
      slot = store(Kind.MASK, true);
      masks.put(key, slot);
    }
    b.aload(slot);
  }

  private void compute(int i, int u, boolean vector) {
    switch (analysis.instructions.get(i)) {
      case Ins.Const c -> code.constant(c.kind(), c.value());
      case Ins.Axis a -> {
        Runnable position = () -> {
          nest.position(a.axis(), u);
          code.toInt();
        };
        if (vector) {
          code.primitives.lanes(Prim.IADD, () -> b.aload(iota), () -> code.broadcast(Kind.INT, position), position, 0);
        } else {
          position.run();
        }
      }
      case Ins.Load load -> {
        Runnable address = () -> address(load.operand(), load.index(), u);
        DType type = loop.operands().get(load.operand()).type();
        if (vector) {
          loadLanes(load.operand(), address, u);
        } else {
          address.run();
          code.loadOne(load.operand(), type);
        }
      }
      case Ins.Compute c -> {
        Runnable x = pushing(c.a(), u, vector);
        Runnable y = pushing(c.b(), u, vector);
        Runnable z = pushing(c.c(), u, vector);
        if (!vector) {
          code.primitives.one(c.prim(), x, y, z);
        } else {
          boolean counted = c.b() >= 0 && analysis.instructions.get(c.b()) instanceof Ins.Const;
          int count = counted ? (int) ((Ins.Const) analysis.instructions.get(c.b())).value() : 0;
          code.primitives.lanes(c.prim(), x, y, z, count);
        }
      }
      case Ins.Replayed r -> {
        Runnable address = () -> b.lload(kept).loadConstant(code.keptUnit() * r.k()).ladd();
        if (vector) {
          code.load(loop.type(), address);
        } else {
          address.run();
          code.loadOne(Code.SCRATCH, loop.type());
        }
      }
      default -> throw new IllegalStateException("no value: " + analysis.instructions.get(i));
    }
  }

  /** Pushes where an operand is, moved on by an index (-1 for none). */
  void address(int operand, int index, int u) {
    nest.address(operand, u);
    if (index >= 0) {
      push(index, u, false);
      code.toLong();
      nest.indexed(operand);
      b.ladd();
    }
  }

  void loadLanes(int operand, Runnable address, int u) {
    Operand o = loop.operands().get(operand);
    if (o.vector() != Along.STRIDED) {
      code.load(o.type(), address);
      return;
    }
    Runnable slot = nest.slot();
    address.run();
    nest.vectorStride(operand);
    slot.run();
    nest.left(u);
    b.loadConstant(code.lanes());
    code.raw("gather" + o.type().bytes(), CD_void, CD_long, CD_long, CD_long, CD_int, CD_int);
    code.load(o.type(), slot);
  }

  /** Writes lanes, no more than the row has where it must not be overrun. */
  void storeLanes(int operand, Runnable value, Runnable address, int u) {
    Operand o = loop.operands().get(operand);
    if (o.vector() == Along.UNIT && !o.exact()) {
      code.store(o.type(), value, address);
      return;
    }
    value.run();
    int held = b.allocateLocal(TypeKind.REFERENCE);
    b.astore(held);
    var part = b.newLabel();
    var end = b.newLabel();
    if (o.vector() == Along.UNIT) {
      nest.left(u);
      b.loadConstant(code.lanes()).if_icmplt(part);
      code.store(o.type(), () -> b.aload(held), address);
      b.goto_(end);
    }
    b.labelBinding(part);
    Runnable slot = nest.slot();
    code.store(o.type(), () -> b.aload(held), slot);
    slot.run();
    address.run();
    nest.vectorStride(operand);
    nest.left(u);
    b.loadConstant(code.lanes());
    code.raw("spread" + o.type().bytes(), CD_void, CD_long, CD_long, CD_long, CD_int, CD_int);
    b.labelBinding(end);
  }

  boolean lanesOf(int operand) {
    return code.vector() && loop.operands().get(operand).vector() != Along.SAME;
  }

  private void write(Ins.Store s, int u) {
    Runnable address = () -> nest.address(s.operand(), u);
    if (lanesOf(s.operand())) {
      storeLanes(s.operand(), pushing(s.value(), u, true), address, u);
    } else {
      address.run();
      push(s.value(), u, false);
      code.storeOne(s.operand(), loop.operands().get(s.operand()).type());
    }
  }

  /** Begins the sums that live inside a level, and ends them. */
  void beginSums(int level) {
    folds.begin(level);
  }

  void endSums(int level) {
    place = level + ENDING;
    folds.end(level);
  }

  /** Pushes the mask of lanes that are not past the row's end. */
  void pushWithin() {
    var key = new Cached(place, -1, 0);
    Integer slot = masks.get(key);
    if (slot == null) {
      Runnable limit = () -> {
        nest.left(0);
        code.toInt();
      };
      code.below(() -> b.aload(iota), () -> code.broadcast(Kind.INT, limit));
      slot = store(Kind.MASK, true);
      masks.put(key, slot);
    }
    b.aload(slot);
  }

  void beginCarries() {
    for (int k = 0; k < carries.length; k++) {
      boolean vector = analysis.carryIsVector(k);
      carries[k] = new int[analysis.copiesOf(analysis.carryDepends(k))];
      for (int u = 0; u < carries[k].length; u++) {
        push(loop.init().get(k), u, vector);
        carries[k][u] = store(Kind.FLOAT, vector);
      }
    }
  }

  /** To be called where code begins that a loop comes back to, or leaves to. */
  void settle(boolean repeated) {
    int[][] all = repeated ? replays : carries;
    for (int k = 0; k < all.length; k++) {
      for (int u = 0; analysis.carryIsVector(k) && u < all[k].length; u++) {
        code.settle(all[k][u]);
      }
    }
  }

  void nextCarries() {
    next(loop.next(), carries);
  }

  private void next(List<Integer> values, int[][] into) {
    for (int k = 0; k < into.length; k++) {
      for (int u = 0; u < into[k].length; u++) {
        push(values.get(k), u, analysis.carryIsVector(k));
      }
    }
    for (int k = into.length - 1; k >= 0; k--) {
      TypeKind type = code.variable(Kind.FLOAT, analysis.carryIsVector(k));
      for (int u = into[k].length - 1; u >= 0; u--) {
        b.storeLocal(type, into[k][u]);
      }
    }
  }

  /** Loads the states of a stretch's start. */
  void beginReplay(Loop.Replay replay, IntConsumer address) {
    for (int k = 0; k < replays.length; k++) {
      int index = k;
      int operand = replay.checkpoints().get(k);
      boolean vector = analysis.carryIsVector(k);
      Runnable at = () -> address.accept(index);
      if (lanesOf(operand)) {
        loadLanes(operand, at, 0);
      } else {
        Runnable one = () -> {
          at.run();
          code.loadOne(operand, loop.operands().get(operand).type());
        };
        if (vector) {
          code.broadcast(Kind.FLOAT, one);
        } else {
          one.run();
        }
      }
      replays[k] = new int[] {store(Kind.FLOAT, vector)};
    }
  }

  /** Stores the states before a repeated step. */
  void keep(int pointer) {
    for (int k = 0; k < replays.length; k++) {
      int slot = replays[k][0];
      long at = code.keptUnit() * k;
      if (analysis.carryIsVector(k)) {
        code.store(loop.type(), () -> b.aload(slot), () -> b.lload(pointer).loadConstant(at).ladd());
      } else {
        b.lload(pointer).loadConstant(at).ladd();
        b.loadLocal(code.variable(Kind.FLOAT, false), slot);
        code.storeOne(Code.SCRATCH, loop.type());
      }
    }
  }

  void nextReplay(Loop.Replay replay) {
    next(replay.next(), replays);
  }

  /** Tells where the kept states of the present step are. */
  void replayed(int pointer) {
    kept = pointer;
  }
}
