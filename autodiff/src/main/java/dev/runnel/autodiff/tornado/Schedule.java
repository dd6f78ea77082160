package dev.runnel.autodiff.tornado;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.codegen.DeviceCode;
import dev.runnel.autodiff.codegen.DeviceGemm;
import dev.runnel.autodiff.codegen.DeviceKernel;
import dev.runnel.autodiff.codegen.Grid;
import dev.runnel.autodiff.codegen.Layout;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Operand.Along;
import dev.runnel.autodiff.kernel.Plan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Plan as kernel launches in their order, over a few arrays that hold all of its buffers.
 *
 * @param regions arrays
 * @param scratch elements that work items keep at most, for F32 and F64 Loops
 */
public record Schedule(List<Stage> stages, List<Region> regions, long scratch) {

  /** What runs after what comes before it. */
  public sealed interface Stage {}

  /** Launches without a look at the host between them. */
  public record Batch(List<Launch> launches) implements Stage {}

  /** Passes while one of the flags, if there are any, is not 0. */
  public record Repeated(int max, List<Stage> body, List<Patch> patches, @Nullable Flags flags) implements Stage {}

  /** I32 elements of a region. */
  public record Flags(int region, long first, int count) {}

  /** An argument that moves on with each pass. */
  public record Patch(long[] arguments, int entry, long start, long stride) {}

  /**
   * A kernel with its arguments.
   *
   * @param regions its arrays
   * @param items work items, or groups of them where they go together
   */
  public record Launch(DeviceCode kernel, List<Integer> regions, long[] arguments, long items) {}

  /** Neighbouring buffers of one type and role. */
  public record Region(DType type, Plan.Role role, long address, long elements) {
    long end() {
      return address + elements * type.bytes();
    }
  }

  /** @param group items that go together */
  static Schedule of(Plan plan, long[] addresses, int group) {
    var binder = new Binder(regions(plan, addresses), addresses, group);
    var stages = binder.steps(plan.steps(), new ArrayList<>());
    return new Schedule(stages, binder.regions, binder.scratch);
  }

  /** A launch over one array, that writes its first element where it was. */
  public static Launch touching(DType type) {
    var one = new Operand(type, 0, Along.SAME, true);
    var body = List.<Ins>of(new Ins.Load(0, -1), new Ins.Store(0, 0));
    var loop = new Loop(type == DType.F64 ? DType.F64 : DType.F32, 1, -1, false, List.of(one), List.of(), body,
        List.of(), List.of(), List.of(), null);
    var grid = new Grid(loop);
    long[] arguments = new long[grid.size()];
    arguments[Layout.EXTENTS] = 1;
    arguments[grid.chunk()] = 1;
    arguments[grid.chunks()] = 1;
    return new Launch(new DeviceKernel(grid, List.of(0), List.of(type), false), List.of(0), arguments, 1);
  }

  /** The plan's buffers by type and role; variables also by block, so that nothing else lies between them. */
  private static List<Region> regions(Plan plan, long[] addresses) {
    var sorted = new ArrayList<Region>();
    for (int b = 0; b < addresses.length; b++) {
      var buffer = plan.buffers().get(b);
      if (buffer.role() == Plan.Role.VARIABLE || buffer.offset() >= 0) {
        sorted.add(new Region(buffer.type(), buffer.role(), addresses[b], buffer.elements()));
      }
    }
    sorted.sort(java.util.Comparator.comparingLong(Region::address));
    var regions = new ArrayList<Region>();
    for (var next : sorted) {
      var last = regions.isEmpty() ? null : regions.getLast();
      boolean joins = last != null && last.type() == next.type() && last.role() == next.role()
          && (next.role() != Plan.Role.VARIABLE
              || next.address() <= last.end() + 2L * dev.runnel.autodiff.memory.Layout.BYTES);
      if (joins && last != null) {
        long end = Math.max(last.end(), next.end());
        regions.removeLast();
        regions.add(new Region(last.type(), last.role(), last.address(), (end - last.address()) / last.type().bytes()));
      } else {
        regions.add(next);
      }
    }
    return regions;
  }

  /** Writes launches. */
  private static final class Binder {
    private final List<Region> regions;
    private final long[] addresses;
    private final int group;
    private long scratch;

    Binder(List<Region> regions, long[] addresses, int group) {
      this.group = group;
      this.regions = regions;
      this.addresses = addresses;
    }

    List<Stage> steps(List<Plan.Step> steps, List<Patch> patches) {
      var stages = new ArrayList<Stage>();
      var launches = new ArrayList<Launch>();
      for (var step : steps) {
        for (var item : step.items()) {
          switch (item) {
            case Plan.Group group -> group(group, launches, patches);
            case Plan.Gemm gemm -> gemm(gemm, launches, patches);
            case Plan.Repeat repeat -> {
              flush(launches, stages);
              stages.add(repeat(repeat));
            }
          }
        }
      }
      flush(launches, stages);
      return stages;
    }

    private static void flush(List<Launch> launches, List<Stage> stages) {
      launches.removeIf(launch -> launch.items() == 0);
      if (!launches.isEmpty()) {
        stages.add(new Batch(List.copyOf(launches)));
        launches.clear();
      }
    }

    private Repeated repeat(Plan.Repeat repeat) {
      var patches = new ArrayList<Patch>();
      var body = steps(repeat.body(), patches);
      Flags flags = null;
      if (repeat.flags() > 0) {
        int region = region(repeat.going());
        flags = new Flags(region, place(repeat.going(), 0, region), repeat.flags());
      }
      return new Repeated(repeat.max(), body, List.copyOf(patches), flags);
    }

    private int region(int buffer) {
      for (int r = 0; r < regions.size(); r++) {
        if (addresses[buffer] >= regions.get(r).address() && addresses[buffer] < regions.get(r).end()) {
          return r;
        }
      }
      throw new IllegalStateException("buffer " + buffer + " lies in no region");
    }

    private long place(int buffer, long offset, int region) {
      var r = regions.get(region);
      return (addresses[buffer] - r.address()) / r.type().bytes() + offset;
    }

    private void group(Plan.Group group, List<Launch> launches, List<Patch> patches) {
      for (var call : group.outer() == 0 ? List.<Plan.Call>of() : group.calls()) {
        var grid = new Grid(call.loop());
        int chunks = grid.chunked ? Math.ceilDiv(group.outer(), group.chunk()) : 1;
        for (var reduce : grid.begun()) {
          launches.add(fill(call, reduce, chunks, patches));
        }
        launches.add(launch(call, grid, group.chunk(), chunks, group.rows(), patches));
      }
    }

    /** Sets what is folded into to the fold's identity. */
    private Launch fill(Plan.Call call, Ins.Reduce reduce, int chunks, List<Patch> patches) {
      var loop = call.loop();
      var operand = loop.operands().get(reduce.operand());
      var arg = call.args().get(reduce.operand());
      var extents = new ArrayList<>(call.extents());
      var strides = new ArrayList<>(arg.strides());
      int moves = operand.moves();
      for (int axis = 0; axis < loop.axes(); axis++) {
        if (!operand.moves(axis)) {
          extents.set(axis, 1);
        }
      }
      if (chunks > 1 && !operand.moves(0)) {
        extents.set(0, chunks);
        strides.set(0, arg.chunkStride());
        moves |= 1;
      }
      var body = List.<Ins>of(new Ins.Const(Kind.FLOAT, reduce.fold().identity()), new Ins.Store(0, 0));
      var to = new Operand(operand.type(), moves, operand.vector(), operand.exact());
      var filling = new Loop(loop.type(), loop.axes(), -1, false, List.of(to), List.of(), body, List.of(), List.of(),
          List.of(), null);
      var place = new Plan.Arg(arg.buffer(), arg.offset(), strides, 0, 0, 0, arg.passStride());
      return launch(new Plan.Call(filling, extents, List.of(place)), new Grid(filling), extents.getFirst(), 1, null,
          patches);
    }

    private Launch launch(
        Plan.Call call, Grid grid, int chunk, int chunks, Plan.@Nullable Rows rows, List<Patch> patches) {
      var loop = call.loop();
      long[] arguments = new long[grid.size()];
      var arrays = new ArrayList<Integer>();
      var used = new ArrayList<Integer>();
      long items = 1;
      for (int axis = 0; axis < loop.axes(); axis++) {
        arguments[Layout.EXTENTS + axis] = call.extents().get(axis);
        items *= (grid.spread >> axis & 1) != 0 ? call.extents().get(axis) : 1;
      }
      for (int op = 0; op < loop.operands().size(); op++) {
        var arg = call.args().get(op);
        int region = region(arg.buffer());
        arrays.add(parameter(used, region));
        int base = grid.layout.base(op);
        arguments[base] = place(arg.buffer(), arg.offset(), region);
        if (arg.passStride() != 0) {
          patches.add(new Patch(arguments, base, arguments[base], arg.passStride()));
        }
        for (int axis = 0; axis < loop.axes(); axis++) {
          if (grid.layout.stride(op, axis) >= 0) {
            arguments[grid.layout.stride(op, axis)] = arg.strides().get(axis);
          }
        }
        if (grid.layout.index(op) >= 0) {
          arguments[grid.layout.index(op)] = arg.indexStride();
          arguments[grid.layout.index(op) + 1] = arg.indexes();
        }
        arguments[grid.chunkStride(op)] = arg.chunkStride();
      }
      arguments[grid.chunk()] = chunk;
      arguments[grid.chunks()] = chunks;
      if (rows != null) {
        int region = region(rows.buffer());
        arrays.add(parameter(used, region));
        arguments[grid.flags()] = place(rows.buffer(), 0, region);
        arguments[grid.each()] = rows.each();
      }
      var types = used.stream().map(r -> regions.get(r).type()).toList();
      scratch = Math.max(scratch, grid.kept() * items * chunks * (grid.together ? group : 1));
      var kernel = new DeviceKernel(grid, arrays, types, rows != null);
      return new Launch(kernel, List.copyOf(used), arguments, items * chunks);
    }

    private static int parameter(List<Integer> used, int region) {
      if (!used.contains(region)) {
        used.add(region);
      }
      return used.indexOf(region);
    }

    /** A product in tiles, a launch for each split. */
    private void gemm(Plan.Gemm g, List<Launch> launches, List<Patch> patches) {
      int part = Math.ceilDiv(Math.ceilDiv(g.k(), g.splits()), 8) * 8;
      int tile = DeviceGemm.tile(group);
      for (int split = 0; split < g.splits(); split++) {
        int k = Math.clamp(g.k() - (long) split * part, 0, part);
        long inner = k == 0 ? 0 : (long) split * part;
        long[] arguments = new long[DeviceGemm.SIZE];
        arguments[DeviceGemm.M] = g.m();
        arguments[DeviceGemm.N] = g.n();
        arguments[DeviceGemm.K] = k;
        arguments[DeviceGemm.TILES_M] = Math.ceilDiv(g.m(), tile);
        arguments[DeviceGemm.TILES_N] = Math.ceilDiv(g.n(), tile);
        var used = new ArrayList<Integer>();
        var arrays = List.of(
            matrix(0, g.a(), g.transposeA(), g.transposeA() ? inner * g.a().strides().get(1) : inner, arguments, used,
                patches),
            matrix(1, g.b(), g.transposeB(), g.transposeB() ? inner : inner * g.b().strides().get(1), arguments, used,
                patches),
            matrix(2, g.c(), false, split * g.c().chunkStride(), arguments, used, patches));
        long items = g.batch() * arguments[DeviceGemm.TILES_M] * arguments[DeviceGemm.TILES_N];
        launches.add(new Launch(new DeviceGemm(g.type(), arrays, used.size()), List.copyOf(used), arguments, items));
      }
    }

    /** Writes one matrix's arguments; gives its array among the parameters. */
    private int matrix(int number, Plan.Arg arg, boolean transposed, long moved, long[] arguments, List<Integer> used,
        List<Patch> patches) {
      int region = region(arg.buffer());
      int entry = DeviceGemm.MATRICES + 4 * number;
      arguments[entry] = place(arg.buffer(), arg.offset() + moved, region);
      arguments[entry + 1] = arg.strides().get(0);
      arguments[entry + 2] = transposed ? 1 : arg.strides().get(1);
      arguments[entry + 3] = transposed ? arg.strides().get(1) : 1;
      if (arg.passStride() != 0) {
        patches.add(new Patch(arguments, entry, arguments[entry], arg.passStride()));
      }
      return parameter(used, region);
    }
  }
}
