package dev.runnel.autodiff.simd;

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
  private final int[] sums;
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
    sums = new int[n];
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
        case Ins.Reduce r -> reduce(i, r);
        case Ins.Scatter s -> scatter(s);
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

  private int store(Kind kind, boolean vector) {
    TypeKind type = code.variable(kind, vector);
    int slot = b.allocateLocal(type);
    b.storeLocal(type, slot);
    return slot;
  }

  private Runnable pushing(int i, int u, boolean vector) {
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
          code.compute(Prim.IADD, () -> b.aload(iota), () -> code.broadcast(Kind.INT, position), position, 0);
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
          code.loadOne(type);
        }
      }
      case Ins.Compute c -> {
        Runnable x = pushing(c.a(), u, vector);
        Runnable y = pushing(c.b(), u, vector);
        Runnable z = pushing(c.c(), u, vector);
        if (!vector) {
          code.computeOne(c.prim(), x, y, z);
        } else {
          boolean counted = c.b() >= 0 && analysis.instructions.get(c.b()) instanceof Ins.Const;
          int count = counted ? (int) ((Ins.Const) analysis.instructions.get(c.b())).value() : 0;
          code.compute(c.prim(), x, y, z, count);
        }
      }
      case Ins.Replayed r -> {
        Runnable address = () -> b.lload(kept).loadConstant(64L * r.k()).ladd();
        if (vector) {
          code.load(loop.type(), address);
        } else {
          address.run();
          code.loadOne(loop.type());
        }
      }
      default -> throw new IllegalStateException("no value: " + analysis.instructions.get(i));
    }
  }

  private void address(int operand, int index, int u) {
    nest.address(operand, u);
    if (index >= 0) {
      push(index, u, false);
      code.toLong();
      nest.indexed(operand);
      b.ladd();
    }
  }

  private void loadLanes(int operand, Runnable address, int u) {
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
  private void storeLanes(int operand, Runnable value, Runnable address, int u) {
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

  private boolean lanesOf(int operand) {
    return code.vector() && loop.operands().get(operand).vector() != Along.SAME;
  }

  private void write(Ins.Store s, int u) {
    Runnable address = () -> nest.address(s.operand(), u);
    if (lanesOf(s.operand())) {
      storeLanes(s.operand(), pushing(s.value(), u, true), address, u);
    } else {
      address.run();
      push(s.value(), u, false);
      code.storeOne(loop.operands().get(s.operand()).type());
    }
  }

  private void scatter(Ins.Scatter s) {
    address(s.operand(), s.index(), 0);
    int at = b.allocateLocal(TypeKind.LONG);
    b.lstore(at);
    Kind kind = analysis.kind(s.value());
    Runnable value = pushing(s.value(), 0, code.vector());
    Runnable all = lanesOf(s.operand()) || !code.vector() ? value : () -> masked(value, Ins.Fold.SUM, kind);
    combine(s.operand(), all, Ins.Fold.SUM, kind, () -> b.lload(at));
  }

  /** Combines a value, lanes or one number after the code's mode, with what memory holds. */
  private void combine(int operand, Runnable value, Ins.Fold fold, Kind kind, Runnable address) {
    DType type = loop.operands().get(operand).type();
    if (lanesOf(operand)) {
      storeLanes(
          operand, () -> code.fold(fold, kind, true, () -> loadLanes(operand, address, 0), value), address, 0);
      return;
    }
    address.run();
    code.fold(
        fold,
        kind,
        false,
        () -> {
          address.run();
          code.loadOne(type);
        },
        () -> one(value, fold, kind));
    code.storeOne(type);
  }

  /** Pushes the fold of all lanes, through memory: the Vector API's own changes its bits when it is compiled. */
  private void one(Runnable value, Ins.Fold fold, Kind kind) {
    if (!code.vector()) {
      value.run();
      return;
    }
    Runnable slot = nest.slot();
    if (kind == Kind.INT) {
      code.storeInts(value, slot);
    } else {
      code.store(loop.type(), value, slot);
    }
    slot.run();
    code.foldLanes(fold, kind);
  }

  /** Pushes lanes with the fold's identity past the row's end. */
  private void masked(Runnable value, Ins.Fold fold, Kind kind) {
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
    int mask = slot;
    code.blend(kind, () -> b.aload(mask), value, () -> code.broadcast(kind, () -> code.identity(fold, kind)));
  }

  void beginSums(int level) {
    eachSum(level, i -> {
      Ins.Reduce r = (Ins.Reduce) analysis.instructions.get(i);
      Kind kind = analysis.kind(i);
      Runnable identity = () -> code.identity(r.fold(), kind);
      if (code.vector()) {
        code.broadcast(kind, identity);
      } else {
        identity.run();
      }
      sums[i] = store(kind, code.vector());
    });
  }

  void endSums(int level) {
    place = level + ENDING;
    eachSum(level, i -> {
      Ins.Reduce r = (Ins.Reduce) analysis.instructions.get(i);
      finish(i, r, () -> b.loadLocal(code.variable(analysis.kind(i), code.vector()), sums[i]));
    });
  }

  private void eachSum(int level, IntConsumer action) {
    for (int i = 0; i < sums.length; i++) {
      if (analysis.instructions.get(i) instanceof Ins.Reduce r
          && analysis.sumLevel(i, r.operand()) == level
          && analysis.depth(i) > level) {
        action.accept(i);
      }
    }
  }

  private void reduce(int i, Ins.Reduce r) {
    int level = analysis.sumLevel(i, r.operand());
    Kind kind = analysis.kind(i);
    Runnable value = pushing(r.value(), 0, code.vector());
    if (level == analysis.depth(i)) {
      finish(i, r, value);
      return;
    }
    boolean mask = code.vector() && !lanesOf(r.operand()) && analysis.vectorLevel > level;
    TypeKind type = code.variable(kind, code.vector());
    code.fold(
        r.fold(),
        kind,
        code.vector(),
        () -> b.loadLocal(type, sums[i]),
        mask ? () -> masked(value, r.fold(), kind) : value);
    b.storeLocal(type, sums[i]);
  }

  /** Brings a sum, or a single value where there is no inner loop to sum over, to memory. */
  private void finish(int i, Ins.Reduce r, Runnable value) {
    Kind kind = analysis.kind(i);
    boolean folds = !lanesOf(r.operand());
    boolean inside = analysis.vectorLevel <= analysis.sumLevel(i, r.operand());
    Runnable all = code.vector() && folds && inside ? () -> masked(value, r.fold(), kind) : value;
    Runnable address = () -> nest.address(r.operand(), 0);
    if (!analysis.isWritten(i)) {
      combine(r.operand(), all, r.fold(), kind, address);
      return;
    }
    one(all, r.fold(), kind);
    TypeKind type = code.variable(kind, false);
    int sum = b.allocateLocal(type);
    b.storeLocal(type, sum);
    DType element = loop.operands().get(r.operand()).type();
    Runnable written = () -> {
      address.run();
      b.loadLocal(type, sum);
      code.storeOne(element);
    };
    if (!inside) {
      written.run();
      return;
    }
    nest.ifFirstBlock(written, () -> {
      address.run();
      Runnable old = () -> {
        address.run();
        code.loadOne(element);
      };
      code.fold(r.fold(), kind, false, old, () -> b.loadLocal(type, sum));
      code.storeOne(element);
    });
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
          code.loadOne(loop.operands().get(operand).type());
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
      long at = 64L * k;
      if (analysis.carryIsVector(k)) {
        code.store(loop.type(), () -> b.aload(slot), () -> b.lload(pointer).loadConstant(at).ladd());
      } else {
        b.lload(pointer).loadConstant(at).ladd();
        b.loadLocal(code.variable(Kind.FLOAT, false), slot);
        code.storeOne(loop.type());
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
