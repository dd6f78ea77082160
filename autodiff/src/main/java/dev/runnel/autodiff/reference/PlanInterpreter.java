package dev.runnel.autodiff.reference;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Backend;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Plan;
import dev.runnel.autodiff.kernel.Prim;
import dev.runnel.autodiff.kernel.Scalar;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Runs Plans one scalar after another, in the order that they are written: what the compiled backends
 * are checked against, for a Plan of any size that patience allows.
 *
 * <p>Every primitive is rounded to the Loop's type ({@link Scalar}); a sum is added up lane by lane in
 * order of position, which a backend with wider lanes need not do. A product is added up in double, in
 * order of the inner index, and rounded once. Nothing is written past an extent. A gathered or scattered
 * index outside {@code 0 .. indexes - 1} is an error.
 */
public final class PlanInterpreter implements Backend {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  @Override
  public String name() {
    return "plan";
  }

  @Override
  public Executable prepare(Plan plan, long[] addresses) {
    return new Bound(plan, addresses.clone());
  }

  /** A plan and where its buffers are. */
  private record Bound(Plan plan, long[] addresses) implements Executable {
    @Override
    public void run() {
      steps(plan.steps(), 0);
    }

    private void steps(List<Plan.Step> steps, int pass) {
      steps.stream().flatMap(step -> step.items().stream()).forEach(item -> {
        switch (item) {
          case Plan.Group group -> group(group, pass);
          case Plan.Gemm gemm -> gemm(gemm, pass);
          case Plan.Repeat repeat -> {
            for (int p = 0; p < repeat.max() && (repeat.flags() == 0
                || IntStream.range(0, repeat.flags()).anyMatch(r -> flag(repeat.going(), r) != 0)); p++) {
              steps(repeat.body(), p);
            }
          }
        }
      });
    }

    private int flag(int buffer, int position) {
      return ALL.get(JAVA_INT_UNALIGNED, addresses[buffer] + 4L * position);
    }

    private void gemm(Plan.Gemm g, int pass) {
      int part = ((g.k() + g.splits() - 1) / g.splits() + 7) / 8 * 8;
      for (int row = 0; row < g.splits() * g.batch() * g.m(); row++) {
        int split = row / (g.batch() * g.m());
        int batch = row / g.m() % g.batch();
        int i = row % g.m();
        for (int j = 0; j < g.n(); j++) {
          double sum = 0;
          for (int k = split * part; k < Math.min(g.k(), (split + 1) * part); k++) {
            long a = element(g.a(), g.type(), pass, batch, g.transposeA() ? k : i, g.transposeA() ? i : k);
            long b = element(g.b(), g.type(), pass, batch, g.transposeB() ? j : k, g.transposeB() ? k : j);
            sum += Scalar.toDouble(g.type(), read(g.type(), g.type(), a))
                * Scalar.toDouble(g.type(), read(g.type(), g.type(), b));
          }
          long c = element(g.c(), g.type(), pass, batch, i, j) + split * g.c().chunkStride() * g.type().bytes();
          write(g.type(), g.type(), c, Scalar.fromDouble(g.type(), sum));
        }
      }
    }

    private long element(Plan.Arg arg, DType type, int pass, long batch, long row, long column) {
      List<Long> s = arg.strides();
      return start(arg, type, 0, pass) + (batch * s.get(0) + row * s.get(1) + column * s.get(2)) * type.bytes();
    }

    private void group(Plan.Group group, int pass) {
      for (int chunk = 0; chunk * (long) group.chunk() < group.outer(); chunk++) {
        int from = chunk * group.chunk();
        int to = Math.min(group.outer(), from + group.chunk());
        for (Plan.Call call : group.calls()) {
          nest(call, chunk, pass).identities(from, to);
        }
        Plan.Rows rows = group.rows();
        int tile = rows == null ? group.tile() : 1;
        for (int at = from; at < to; at += tile) {
          if (rows != null && flag(rows.buffer(), at / rows.each()) == 0) {
            continue;
          }
          for (Plan.Call call : group.calls()) {
            nest(call, chunk, pass).run(at, Math.min(to, at + tile));
          }
        }
      }
    }

    private Nest nest(Plan.Call call, int chunk, int pass) {
      long[] starts = new long[call.args().size()];
      for (int i = 0; i < starts.length; i++) {
        starts[i] = start(call.args().get(i), call.loop().operands().get(i).type(), chunk, pass);
      }
      Loop loop = call.loop();
      Loop.Replay replay = loop.replay();
      long[] values = new long[loop.instructions().size()];
      long[][] replayed = new long[replay == null ? 0 : replay.every()][];
      return new Nest(call, loop, starts, new int[loop.axes()], values, new long[loop.carries()], replayed);
    }

    private long start(Plan.Arg arg, DType type, long chunk, long pass) {
      long elements = arg.offset() + chunk * arg.chunkStride() + pass * arg.passStride();
      return addresses[arg.buffer()] + elements * type.bytes();
    }
  }

  /** One call's Loop, its operands' places and its values. */
  private record Nest(
      Plan.Call call, Loop loop, long[] starts, int[] at, long[] values, long[] carry, long[][] replayed) {

    /** Sets what is folded over more than the vector axis to its identity. */
    void identities(int from, int to) {
      for (Ins ins : loop.instructions()) {
        if (ins instanceof Ins.Reduce r && !writes(r)) {
          long identity = Scalar.fromDouble(loop.type(), r.fold().identity());
          int moves = loop.operands().get(r.operand()).moves();
          each(0, moves, from, to, () -> write(type(r.operand()), loop.type(), address(r.operand(), 0), identity));
        }
      }
    }

    void run(int from, int to) {
      each(0, loop.walk() < 0 ? -1 : ~(1 << loop.walk()), from, to, this::lane);
    }

    /** Goes through the positions along the axes whose bit is set in {@code moving}; the others stay at 0. */
    private void each(int axis, int moving, int from, int to, Runnable action) {
      if (axis == loop.axes()) {
        action.run();
        return;
      }
      boolean moves = (moving >> axis & 1) != 0;
      int end = !moves ? 1 : axis == 0 ? to : call.extents().get(axis);
      for (int i = moves && axis == 0 ? from : 0; i < end; i++) {
        at[axis] = i;
        each(axis + 1, moving, from, to, action);
      }
    }

    private void lane() {
      int body = loop.pre().size();
      int post = body + loop.body().size();
      if (loop.walk() < 0) {
        all(loop.body(), body, carry);
        return;
      }
      all(loop.pre(), 0, carry);
      pick(loop.init(), carry);
      int steps = call.extents().get(loop.walk());
      for (int i = 0; i < steps; i++) {
        int t = loop.backward() ? steps - 1 - i : i;
        Loop.Replay replay = loop.replay();
        if (replay != null && (i == 0 || (t + 1) % replay.every() == 0)) {
          replay(replay, t, post + loop.post().size());
        }
        at[loop.walk()] = t;
        all(loop.body(), body, carry);
        pick(loop.next(), carry);
      }
      at[loop.walk()] = 0;
      all(loop.post(), post, carry);
    }

    /** Steps through the stretch that ends with {@code last} and keeps what is carried into each step. */
    private void replay(Loop.Replay replay, int last, int first) {
      long[] carried = new long[replay.next().size()];
      at[loop.walk()] = last / replay.every();
      for (int k = 0; k < carried.length; k++) {
        int operand = replay.checkpoints().get(k);
        carried[k] = read(type(operand), loop.type(), address(operand, 0));
      }
      for (int t = last - last % replay.every(); t <= last; t++) {
        at[loop.walk()] = t;
        replayed[t % replay.every()] = carried.clone();
        all(replay.body(), first, carried);
        pick(replay.next(), carried);
      }
    }

    private void pick(List<Integer> numbers, long[] carried) {
      for (int k = 0; k < carried.length; k++) {
        carried[k] = values[numbers.get(k)];
      }
    }

    private void all(List<Ins> instructions, int first, long[] carried) {
      for (int i = 0; i < instructions.size(); i++) {
        values[first + i] = one(instructions.get(i), carried);
      }
    }

    private long one(Ins ins, long[] carried) {
      return switch (ins) {
        case Ins.Load l ->
            read(type(l.operand()), loop.type(), address(l.operand(), index(l.operand(), l.index())));
        case Ins.Const c -> Scalar.constant(loop.type(), c.kind(), c.value());
        case Ins.Axis a -> at[a.axis()];
        case Ins.Carry c -> carried[c.k()];
        case Ins.Replayed r -> replayed[at[loop.walk()] % replayed.length][r.k()];
        case Ins.Compute c -> Scalar.compute(loop.type(), c.prim(), value(c.a()), value(c.b()), value(c.c()));
        case Ins.Store s -> write(type(s.operand()), loop.type(), address(s.operand(), 0), value(s.value()));
        case Ins.Reduce r ->
            fold(r.operand(), 0, r.value(), r.fold(), writes(r) && at[loop.vectorAxis()] == 0);
        case Ins.Scatter s ->
            fold(s.operand(), index(s.operand(), s.index()), s.value(), Ins.Fold.SUM, false);
      };
    }

    private long fold(int operand, long index, int number, Ins.Fold fold, boolean first) {
      long address = address(operand, index);
      long held = first
          ? Scalar.fromDouble(loop.type(), fold.identity())
          : read(type(operand), loop.type(), address);
      Prim prim = fold == Ins.Fold.SUM ? Prim.ADD : Prim.MAX;
      return write(type(operand), loop.type(), address, Scalar.compute(loop.type(), prim, held, value(number), 0));
    }

    /** Whether a fold is over the vector axis alone, so that its result is written. */
    private boolean writes(Ins.Reduce r) {
      int axes = (1 << loop.axes()) - 1;
      return (loop.operands().get(r.operand()).moves() & axes) == (axes ^ 1 << loop.vectorAxis());
    }

    private DType type(int operand) {
      return loop.operands().get(operand).type();
    }

    private long value(int number) {
      return number < 0 ? 0 : values[number];
    }

    private long index(int operand, int number) {
      long index = value(number);
      long count = call.args().get(operand).indexes();
      if (number >= 0 && (index < 0 || index >= count)) {
        throw new IllegalArgumentException("plan: expected an index in 0 .. " + (count - 1) + ", came " + index
            + " for operand " + operand + "; check the indexes that are fed");
      }
      return index;
    }

    private long address(int operand, long index) {
      Plan.Arg arg = call.args().get(operand);
      long elements = index * arg.indexStride();
      for (int axis = 0; axis < at.length; axis++) {
        int every = axis == loop.walk() ? loop.operands().get(operand).every() : 1;
        elements += (at[axis] + every - 1) / every * arg.strides().get(axis);
      }
      return starts[operand] + elements * type(operand).bytes();
    }
  }

  /** An element of memory as a value in a Loop of type {@code as}. */
  private static long read(DType type, DType as, long address) {
    return switch (type) {
      case I32 -> ALL.get(JAVA_INT_UNALIGNED, address);
      case F32 -> Scalar.fromDouble(as, ALL.get(JAVA_FLOAT_UNALIGNED, address));
      case F64 -> Scalar.fromDouble(as, ALL.get(JAVA_DOUBLE_UNALIGNED, address));
    };
  }

  /** Writes a value of a Loop of type {@code as}, and gives it back. */
  private static long write(DType type, DType as, long address, long value) {
    switch (type) {
      case I32 -> ALL.set(JAVA_INT_UNALIGNED, address, (int) value);
      case F32 -> ALL.set(JAVA_FLOAT_UNALIGNED, address, (float) Scalar.toDouble(as, value));
      case F64 -> ALL.set(JAVA_DOUBLE_UNALIGNED, address, Scalar.toDouble(as, value));
    }
    return value;
  }
}
