package dev.runnel.autodiff.simd;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.codegen.Analysis;
import dev.runnel.autodiff.codegen.Layout;
import dev.runnel.autodiff.kernel.Backend;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand.Along;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Plan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Plan with every task's arguments computed: a run only writes numbers into arrays that exist. */
final class Binding {
  private static final double TILE_FLOPS = 6e6;
  private static final int MOST_TILES = 64;

  /** A step, or a part of one. */
  sealed interface Stage {}

  record Batch(Workers.Task[] tasks) implements Stage {}

  /** @param going address of {@code flags} I32 numbers */
  record Repeated(int max, List<Stage> body, List<Patch> patches, long going, int flags) implements Stage {}

  /** An argument that moves on with each pass. */
  record Patch(long[] arguments, int entry, long start, long stride) {}

  private final long[] addresses;
  private final List<Kernels.Entry> entries;
  private final long[] scratch;
  private int next;

  private Binding(long[] addresses, List<Kernels.Entry> entries, long[] scratch) {
    this.addresses = addresses;
    this.entries = entries;
    this.scratch = scratch;
  }

  /** Loops of a plan in the order in which {@link #bind} meets them. */
  static List<Kernels.Request> requests(List<Plan.Step> steps) {
    var found = new ArrayList<Kernels.Request>();
    for (Plan.Step step : steps) {
      for (Plan.Item item : step.items()) {
        switch (item) {
          case Plan.Group group -> {
            for (Plan.Call call : group.calls()) {
              Loop loop = call.loop();
              int vector = Math.min(call.extents().get(loop.vectorAxis()), group.vectorChunk());
              found.add(new Kernels.Request(loop, Math.min(group.tile(), group.chunk()), vector));
            }
          }
          case Plan.Gemm _ -> {}
          case Plan.Repeat repeat -> found.addAll(requests(repeat.body()));
        }
      }
    }
    return found;
  }

  /**
   * @param entries compiled Loops in the order of {@link #requests}
   * @param scratch address of each worker's scratch memory
   */
  static List<Stage> bind(Plan plan, long[] addresses, List<Kernels.Entry> entries, long[] scratch) {
    return new Binding(addresses.clone(), entries, scratch).steps(plan.steps(), new ArrayList<>());
  }

  private List<Stage> steps(List<Plan.Step> steps, List<Patch> patches) {
    var stages = new ArrayList<Stage>();
    for (Plan.Step step : steps) {
      var tasks = new ArrayList<Workers.Task>();
      var repeats = new ArrayList<Stage>();
      for (Plan.Item item : step.items()) {
        switch (item) {
          case Plan.Group group -> group(group, tasks, patches);
          case Plan.Gemm gemm -> gemm(gemm, tasks, patches);
          case Plan.Repeat repeat -> repeats.add(repeat(repeat));
        }
      }
      if (!tasks.isEmpty()) {
        stages.add(new Batch(tasks.toArray(Workers.Task[]::new)));
      }
      stages.addAll(repeats);
    }
    return stages;
  }

  private Repeated repeat(Plan.Repeat repeat) {
    var patches = new ArrayList<Patch>();
    List<Stage> body = steps(repeat.body(), patches);
    long going = repeat.flags() == 0 ? 0 : addresses[repeat.going()];
    return new Repeated(repeat.max(), body, List.copyOf(patches), going, repeat.flags());
  }

  /** Puts an address where a kernel looks for it, and notes how it moves. */
  private void place(long[] into, int entry, Plan.Arg arg, DType type, long moved, List<Patch> patches) {
    long start = addresses[arg.buffer()] + (arg.offset() + moved) * type.bytes();
    into[entry] = start;
    if (arg.passStride() != 0) {
      patches.add(new Patch(into, entry, start, arg.passStride() * type.bytes()));
    }
  }

  private void group(Plan.Group group, List<Workers.Task> tasks, List<Patch> patches) {
    int first = next;
    next += group.calls().size();
    long[][] shared = new long[group.calls().size()][];
    int chunks = Math.ceilDiv(group.outer(), group.chunk());
    for (int chunk = 0; chunk < chunks; chunk++) {
      var calls = new ArrayList<GroupTask.Bound>();
      for (int i = 0; i < shared.length; i++) {
        Plan.Call call = group.calls().get(i);
        long[] arguments = shared[i];
        if (arguments == null || call.args().stream().anyMatch(a -> a.chunkStride() != 0)) {
          arguments = arguments(call, entries.get(first + i).layout, chunk, patches);
          shared[i] = arguments;
        }
        calls.add(new GroupTask.Bound(entries.get(first + i).kernel(), arguments, call.loop().axes() == 1,
            call.extents().get(call.loop().vectorAxis()), fills(call, entries.get(first + i).layout, arguments)));
      }
      int from = chunk * group.chunk();
      int to = Math.min(group.outer(), from + group.chunk());
      int whole = calls.size() == 1 ? calls.getFirst().vector() : 0;
      boolean flat = calls.size() == 1 && calls.getFirst().flat() && group.outer() > 1;
      int step = flat || whole == 0 ? Math.max(whole, 1) : Math.max(1, group.vectorChunk());
      for (int v = 0; v == 0 || v < whole; v += step) {
        tasks.add(new GroupTask(calls.toArray(GroupTask.Bound[]::new), from, to, Math.max(1, group.tile()), v,
            whole == 0 ? Integer.MAX_VALUE : Math.min(whole, v + step), group.outer() > 1, flags(group), scratch));
      }
    }
  }

  private GroupTask.@Nullable Flags flags(Plan.Group group) {
    Plan.Rows rows = group.rows();
    return rows == null ? null : new GroupTask.Flags(addresses[rows.buffer()], rows.each());
  }

  private long[] arguments(Plan.Call call, Layout layout, int chunk, List<Patch> patches) {
    Loop loop = call.loop();
    long[] arguments = new long[layout.size];
    for (int axis = 0; axis < loop.axes(); axis++) {
      arguments[Layout.EXTENTS + axis] = call.extents().get(axis);
    }
    for (int op = 0; op < loop.operands().size(); op++) {
      Operand operand = loop.operands().get(op);
      Plan.Arg arg = call.args().get(op);
      place(arguments, layout.base(op), arg, operand.type(), chunk * arg.chunkStride(), patches);
      for (int axis = 0; axis < loop.axes(); axis++) {
        if (layout.stride(op, axis) >= 0) {
          arguments[layout.stride(op, axis)] = arg.strides().get(axis) * operand.type().bytes();
        }
      }
      if (layout.index(op) >= 0) {
        arguments[layout.index(op)] = arg.indexStride() * operand.type().bytes();
        arguments[layout.index(op) + 1] = arg.indexes();
      }
    }
    return arguments;
  }

  /** What must hold a fold's identity before a chunk begins. */
  private static Fill[] fills(Plan.Call call, Layout layout, long[] arguments) {
    Loop loop = call.loop();
    var analysis = new Analysis(loop, false, -1);
    var fills = new ArrayList<Fill>();
    List<Ins> instructions = loop.instructions();
    for (int i = 0; i < instructions.size(); i++) {
      if (instructions.get(i) instanceof Ins.Reduce r && !analysis.isWritten(i)) {
        Operand operand = loop.operands().get(r.operand());
        long[] extents = new long[loop.axes()];
        long[] strides = new long[loop.axes()];
        for (int axis = 0; axis < loop.axes(); axis++) {
          boolean last = axis == loop.vectorAxis();
          boolean moves = last ? operand.vector() != Along.SAME : operand.moves(axis);
          extents[axis] = moves ? call.extents().get(axis) : 1;
          strides[axis] = call.args().get(r.operand()).strides().get(axis) * operand.type().bytes();
        }
        fills.add(new Fill(arguments, layout.base(r.operand()), operand, extents, strides, r.fold().identity()));
      }
    }
    return fills.toArray(Fill[]::new);
  }

  private void gemm(Plan.Gemm g, List<Workers.Task> tasks, List<Patch> patches) {
    int part = Math.ceilDiv(Math.ceilDiv(g.k(), g.splits()), 8) * 8;
    int rows = tileRows(g);
    for (int split = 0; split < g.splits(); split++) {
      int k = Math.clamp(g.k() - (long) split * part, 0, part);
      long inner = k == 0 ? 0 : (long) split * part;
      for (int batch = 0; batch < g.batch(); batch++) {
        for (int row = 0; row < g.m(); row += rows) {
          long[] at = new long[3];
          place(at, 0, g.a(), g.type(), offset(g.a(), batch, g.transposeA() ? inner : row, g.transposeA() ? row : inner),
              patches);
          place(at, 1, g.b(), g.type(), offset(g.b(), batch, g.transposeB() ? 0 : inner, g.transposeB() ? inner : 0),
              patches);
          place(at, 2, g.c(), g.type(), offset(g.c(), batch, row, 0) + split * g.c().chunkStride(), patches);
          tasks.add(new Product(g, at, Math.min(rows, g.m() - row), k));
        }
      }
    }
  }

  private static long offset(Plan.Arg arg, long batch, long row, long column) {
    return batch * arg.strides().get(0) + row * arg.strides().get(1) + column;
  }

  /** Rows of a product that are one task: a matter of shape alone. */
  private static int tileRows(Plan.Gemm g) {
    double each = 2.0 * g.n() * Math.max(1, g.k() / g.splits());
    long rows = Math.max(128, (long) (TILE_FLOPS / Math.max(1, each)));
    rows = Math.max(rows, Math.ceilDiv(g.m(), MOST_TILES));
    long tiles = Math.max(1, Math.ceilDiv((long) g.m(), rows));
    return (int) (Math.ceilDiv(Math.ceilDiv((long) g.m(), tiles), 16L) * 16);
  }

  private record Product(Plan.Gemm g, long[] at, int m, int k, int lda, int ldb, int ldc) implements Workers.Task {
    Product(Plan.Gemm g, long[] at, int m, int k) {
      this(g, at, m, k, leading(g.a(), g.transposeA() ? g.m() : g.k()), leading(g.b(), g.transposeB() ? g.k() : g.n()),
          leading(g.c(), g.n()));
    }

    private static int leading(Plan.Arg arg, int columns) {
      return Math.toIntExact(Math.max(Math.max(1, columns), arg.strides().get(1)));
    }

    @Override
    public void run(int worker) {
      Blas.gemm(g.type(), g.transposeA(), g.transposeB(), m, g.n(), k, at[0], lda, at[1], ldb, at[2], ldc);
    }
  }

  /** A region that holds a fold's identity before its chunk begins. */
  record Fill(long[] arguments, int base, Operand operand, long[] extents, long[] strides, double identity) {
    void run(int from, int to, int vectorFrom, int vectorTo) {
      fill(0, arguments[base], from, to, vectorFrom, vectorTo);
    }

    private void fill(int axis, long at, int from, int to, int vectorFrom, int vectorTo) {
      if (axis == extents.length) {
        switch (operand.type()) {
          case F32 -> Raw.put(at, (float) identity);
          case F64 -> Raw.put(at, identity);
          case I32 -> Raw.put(at, (int) identity);
        }
        return;
      }
      boolean last = axis == extents.length - 1;
      boolean moves = last ? operand.vector() != Along.SAME : operand.moves(axis);
      long begin = !moves ? 0 : last ? vectorFrom : axis == 0 ? from : 0;
      long end = !moves ? 1 : last ? Math.min(vectorTo, extents[axis]) : axis == 0 ? to : extents[axis];
      for (long i = begin; i < end; i++) {
        fill(axis + 1, at + i * strides[axis], from, to, vectorFrom, vectorTo);
      }
    }
  }
}
