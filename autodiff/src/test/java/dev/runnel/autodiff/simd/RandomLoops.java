package dev.runnel.autodiff.simd;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Operand.Along;
import dev.runnel.autodiff.kernel.Plan;
import dev.runnel.autodiff.kernel.Prim;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Loops that nobody would write: every instruction, operand form, fold and walk, at random. */
final class RandomLoops {
  /** Indexes that gathers and scatters may use. */
  static final int INDEXES = 4;

  private final Random random;
  private final DType type;
  private final int axes;
  private final int walk;
  private final List<Integer> extents = new ArrayList<>();
  private final List<Operand> operands = new ArrayList<>();
  private final List<Plan.Arg> args = new ArrayList<>();
  private final List<Plan.Buffer> buffers = new ArrayList<>();
  private final List<Ins> all = new ArrayList<>();
  private final List<Kind> kinds = new ArrayList<>();
  private final boolean scatter;

  private RandomLoops(Random random) {
    this.random = random;
    type = random.nextInt(3) == 0 ? DType.F64 : DType.F32;
    axes = 1 + random.nextInt(4);
    walk = axes > 1 && random.nextInt(3) > 0 ? random.nextInt(axes - 1) : -1;
    scatter = walk < 0 && random.nextInt(6) == 0;
    for (int i = 0; i < axes - 1; i++) {
      extents.add(random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(5));
    }
    extents.add(1 + random.nextInt(40));
  }

  /** One group of one Loop over buffers of its own; folds along the vector axis only if asked for. */
  static Plan plan(long seed) {
    return new RandomLoops(new Random(seed)).make();
  }

  private Plan make() {
    boolean backward = walk >= 0 && random.nextBoolean();
    int carries = walk < 0 ? 0 : random.nextInt(4);
    boolean replays = backward && carries > 0 && random.nextBoolean();
    int every = 1 + random.nextInt(3);
    var init = new ArrayList<Integer>();
    if (walk >= 0) {
      grow(2, 3, ~(1 << walk), false);
      for (int k = 0; k < carries; k++) {
        init.add(add(new Ins.Compute(Prim.MIN, some(Kind.FLOAT), constant(2), -1)));
      }
      if (random.nextInt(3) == 0) {
        output(~(1 << walk), false);
      }
    }
    int pre = all.size();
    for (int k = 0; k < carries; k++) {
      add(new Ins.Carry(k));
      if (replays) {
        add(new Ins.Replayed(k));
      }
    }
    grow(4, 10, -1, true);
    var next = new ArrayList<Integer>();
    for (int k = 0; k < carries; k++) {
      next.add(random.nextInt(4) == 0 ? clamped() : some(Kind.FLOAT));
    }
    int outputs = 1 + random.nextInt(2);
    for (int i = 0; i < outputs; i++) {
      output(-1, true);
    }
    int body = all.size();
    var hidden = new ArrayList<>(kinds);
    if (walk >= 0) {
      for (int i = pre; i < body; i++) {
        kinds.set(i, null); // the walk is over: what it computed is gone
      }
      for (int k = 0; k < carries; k++) {
        add(new Ins.Carry(k));
      }
      if (carries > 0) {
        grow(1, 2, ~(1 << walk), false);
        output(~(1 << walk), random.nextBoolean());
      }
    }
    int post = all.size();
    Loop.Replay replay = replays ? replay(carries, every, pre, post) : null;
    kinds.clear();
    kinds.addAll(hidden);
    Loop loop = new Loop(type, axes, walk, backward, operands, all.subList(0, pre), all.subList(pre, body),
        all.subList(body, post), init, next, replay);
    int outer = extents.getFirst();
    boolean flat = axes == 1;
    boolean whole = flat || walk == 0 || scatter || chunkless();
    int chunk = whole ? Math.max(1, outer) : 1 + random.nextInt(3);
    int tile = whole ? Math.max(1, outer) : 1 + random.nextInt(3);
    var call = new Plan.Call(loop, extents, args);
    var group = new Plan.Group(List.of(call), outer, chunk, tile, extents.getLast());
    return new Plan(List.of(new Plan.Step(List.of(group))), buffers, 0);
  }

  /** Whether a fold over axis 0 forbids several chunks. */
  private boolean chunkless() {
    return all.stream().anyMatch(i -> i instanceof Ins.Reduce r && !operands.get(r.operand()).moves(0));
  }

  private Loop.Replay replay(int carries, int every, int pre, int post) {
    for (int i = pre; i < post; i++) {
      kinds.set(i, null);
    }
    var checkpoints = new ArrayList<Integer>();
    for (int k = 0; k < carries; k++) {
      checkpoints.add(operand(type, -1, random.nextBoolean() ? Along.UNIT : Along.STRIDED, false, 0));
    }
    int from = all.size();
    for (int k = 0; k < carries; k++) {
      add(new Ins.Carry(k));
    }
    grow(1, 4, -1, false);
    var next = new ArrayList<Integer>();
    for (int k = 0; k < carries; k++) {
      next.add(some(Kind.FLOAT));
    }
    return new Loop.Replay(every, checkpoints, List.copyOf(all.subList(from, all.size())), next);
  }

  private int add(Ins ins) {
    all.add(ins);
    kinds.add(switch (ins) {
      case Ins.Load l -> operands.get(l.operand()).type() == DType.I32 ? Kind.INT : Kind.FLOAT;
      case Ins.Const c -> c.kind();
      case Ins.Axis a -> Kind.INT;
      case Ins.Compute c -> c.prim().result();
      case Ins.Carry c -> Kind.FLOAT;
      case Ins.Replayed r -> Kind.FLOAT;
      default -> null;
    });
    return all.size() - 1;
  }

  private int constant(double x) {
    return add(new Ins.Const(Kind.FLOAT, x));
  }

  private int some(Kind kind) {
    for (int tries = 0; tries < 30; tries++) {
      int i = random.nextInt(all.size());
      if (kinds.get(i) == kind) {
        return i;
      }
    }
    return switch (kind) {
      case FLOAT -> constant(random.nextInt(9) / 4.0 - 1);
      case INT -> add(new Ins.Const(Kind.INT, random.nextInt(9) - 4));
      case MASK -> add(new Ins.Compute(Prim.LT, some(Kind.FLOAT), some(Kind.FLOAT), -1));
    };
  }

  private void grow(int loads, int computes, int allowed, boolean indexed) {
    for (int i = 0; i < loads; i++) {
      load(allowed, indexed);
    }
    for (int i = 0; i < 1 + random.nextInt(computes); i++) {
      if (random.nextInt(6) == 0) {
        int axis = random.nextInt(axes);
        if ((allowed >> axis & 1) != 0) {
          add(new Ins.Axis(axis));
        }
      }
      Prim prim = Prim.values()[random.nextInt(Prim.EXP.ordinal())];
      compute(prim);
    }
  }

  private void compute(Prim prim) {
    switch (prim) {
      case ISHL, ISHR, IUSHR -> {
        int count = add(new Ins.Const(Kind.INT, random.nextInt(type == DType.F64 ? 40 : 20)));
        add(new Ins.Compute(prim, some(Kind.INT), count, -1));
      }
      case TO_INT -> add(new Ins.Compute(prim, clamped(), -1, -1));
      case TO_FLOAT -> {
        int few = add(new Ins.Const(Kind.INT, 0xfffff));
        int x = some(Kind.INT);
        add(new Ins.Compute(prim, add(new Ins.Compute(Prim.IAND, x, few, -1)), -1, -1));
      }
      default -> {
        List<Kind> wanted = prim.operands();
        int a = some(wanted.get(0));
        int b = wanted.size() > 1 ? some(wanted.get(1)) : -1;
        int c = wanted.size() > 2 ? some(wanted.get(2)) : -1;
        add(new Ins.Compute(prim, a, b, c));
      }
    }
  }

  /** A number within -100 .. 100, never NaN. */
  private int clamped() {
    int x = some(Kind.FLOAT);
    int real = add(new Ins.Compute(Prim.EQ, x, x, -1));
    int y = add(new Ins.Compute(Prim.SEL, real, x, constant(0.75)));
    return add(new Ins.Compute(Prim.MAX, add(new Ins.Compute(Prim.MIN, y, constant(100), -1)), constant(-100), -1));
  }

  private void load(int allowed, boolean indexed) {
    int moves = random.nextInt(1 << axes) & allowed;
    Along along = Along.values()[random.nextInt(3)];
    boolean whole = random.nextInt(4) == 0;
    if (indexed && random.nextInt(4) == 0) {
      int index = add(new Ins.Load(operand(DType.I32, random.nextInt(1 << axes) & allowed, Along.SAME, false, 0), -1));
      int gathered = operand(whole ? DType.I32 : type, moves, along, false, INDEXES);
      add(new Ins.Load(gathered, index));
    } else {
      add(new Ins.Load(operand(whole ? DType.I32 : type, moves, along, false, 0), -1));
    }
  }

  private void output(int allowed, boolean folds) {
    if (scatter && random.nextBoolean()) {
      int index = add(new Ins.Load(operand(DType.I32, random.nextInt(1 << axes), Along.SAME, false, 0), -1));
      int value = clamped();
      Along along = random.nextBoolean() ? Along.UNIT : Along.STRIDED;
      add(new Ins.Scatter(operand(type, random.nextInt(1 << axes), along, random.nextBoolean(), INDEXES), index, value));
      return;
    }
    if (folds && random.nextBoolean()) {
      int value = clamped();
      int moves = random.nextBoolean() ? -1 : random.nextInt(1 << axes);
      Along along = Along.values()[random.nextInt(3)];
      var fold = random.nextBoolean() ? Ins.Fold.SUM : Ins.Fold.MAX;
      add(new Ins.Reduce(operand(type, moves & allowed, along, random.nextBoolean(), 0), value, fold));
      return;
    }
    boolean integer = random.nextInt(4) == 0;
    int value = some(integer ? Kind.INT : Kind.FLOAT);
    Along along = random.nextBoolean() ? Along.UNIT : Along.STRIDED;
    add(new Ins.Store(operand(integer ? DType.I32 : type, allowed, along, random.nextBoolean(), 0), value));
  }

  /** A new operand in a buffer of its own; rows are padded unless exact. */
  private int operand(DType of, int moves, Along along, boolean exact, int indexes) {
    int last = axes - 1;
    boolean tight = exact && along == Along.UNIT;
    int bits = (moves & ((1 << last) - 1)) | (along == Along.SAME ? 0 : 1 << last);
    Long[] strides = new Long[axes];
    long size = switch (along) {
      case SAME -> 1;
      case UNIT -> tight ? extents.getLast() : Math.ceilDiv(extents.getLast(), 16) * 16L;
      case STRIDED -> 3L * extents.getLast();
    };
    strides[last] = along == Along.SAME ? 0L : along == Along.UNIT ? 1L : 3L;
    for (int axis = last - 1; axis >= 0; axis--) {
      strides[axis] = (bits >> axis & 1) == 0 ? 0 : size;
      size *= (bits >> axis & 1) == 0 ? 1 : Math.max(1, extents.get(axis));
    }
    long each = size;
    buffers.add(new Plan.Buffer(of, size * Math.max(1, indexes) + 16, Plan.Role.INPUT, "b" + buffers.size(), -1));
    args.add(new Plan.Arg(buffers.size() - 1, 0, List.of(strides), indexes > 0 ? each : 0, indexes, 0, 0));
    operands.add(new Operand(of, bits, along, tight));
    return operands.size() - 1;
  }

  /** Memory of a plan's buffers, the same for the same seed. */
  static final class Memory {
    final long[] addresses;
    private final Plan plan;

    Memory(Plan plan, java.lang.foreign.Arena arena, long seed) {
      this.plan = plan;
      addresses = new long[plan.buffers().size()];
      var random = new Random(seed);
      for (int i = 0; i < addresses.length; i++) {
        Plan.Buffer buffer = plan.buffers().get(i);
        addresses[i] = arena.allocate(buffer.bytes() + 192, 64).address() + 64;
        for (long e = 0; e < buffer.elements(); e++) {
          switch (buffer.type()) {
            case F32 -> Raw.put(addresses[i] + 4 * e, random.nextInt(17) / 4f - 2);
            case F64 -> Raw.put(addresses[i] + 8 * e, random.nextInt(17) / 4d - 2);
            case I32 -> Raw.put(addresses[i] + 4 * e, random.nextInt(INDEXES));
          }
        }
      }
    }

    double get(int buffer, long element) {
      return switch (plan.buffers().get(buffer).type()) {
        case F32 -> Raw.getFloat(addresses[buffer] + 4 * element);
        case F64 -> Raw.getDouble(addresses[buffer] + 8 * element);
        case I32 -> Raw.getInt(addresses[buffer] + 4 * element);
      };
    }

    /** First difference in what a plan promises, or null. */
    @Nullable String difference(Memory other) {
      Plan.Call call = ((Plan.Group) plan.steps().getFirst().items().getFirst()).calls().getFirst();
      var folded = new java.util.HashSet<Integer>();
      for (Ins ins : call.loop().instructions()) {
        if (ins instanceof Ins.Reduce r && r.fold() == Ins.Fold.SUM) {
          folded.add(r.operand());
        }
      }
      for (int b = 0; b < addresses.length; b++) {
        Operand operand = call.loop().operands().get(b);
        int extent = call.extents().getLast();
        int row = operand.vector() == Along.UNIT && !operand.exact() ? Math.ceilDiv(extent, 16) * 16 : 0;
        for (long e = 0; e < plan.buffers().get(b).elements(); e++) {
          if (row > 0 && e % row >= extent) {
            continue;
          }
          double x = get(b, e);
          double y = other.get(b, e);
          double tolerance = folded.contains(b) ? 1e-6 * 100 * 40 : 0;
          boolean same = Double.isNaN(x) ? Double.isNaN(y) : x == y || Math.abs(x - y) <= tolerance * (1 + Math.abs(x) * 1e-3);
          if (!same) {
            return "operand " + b + " " + operand + " element " + e + ": expected " + x + ", came " + y;
          }
        }
      }
      return null;
    }
  }
}
