package dev.runnel.autodiff.kernel;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import dev.runnel.autodiff.kernel.LoopBuilder.Place;
import dev.runnel.autodiff.kernel.Plan.Role;
import dev.runnel.autodiff.memory.Layout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a plan of placed parts: merges axes, cuts nests into chunks and tiles, orders items into steps as
 * early as their data allow, and gives buffers whose lives don't overlap the same memory.
 *
 * <p>Chunks depend on shapes alone, so sums do not depend on how many workers there are.
 */
final class Assembly {
  /** Elements of a Loop's space below which it is one task. */
  private static final long SMALL = 8192;

  /** Tasks that a larger one is cut into. */
  private static final int TASKS = 16;

  /** Bytes that a tile of a nest with several stages should stay below: half of a first-level cache. */
  private static final long TILE_BYTES = Long.getLong("tile", 1 << 16);

  private final Buffers buffers;
  private final Map<Part.Nest, Plan.Group> groups = new HashMap<>();

  /** When each buffer is first and last used, on a clock that all steps share. */
  private final Map<Integer, Life> lives = new HashMap<>();

  Assembly(Buffers buffers) {
    this.buffers = buffers;
  }

  private record Life(long first, long last) {
    Life and(Life o) {
      return new Life(Math.min(first, o.first), Math.max(last, o.last));
    }
  }

  /** @param inner what a repeat runs; null for what is no repeat */
  private record Piece(
      Plan.@Nullable Item item, Set<Integer> reads, Set<Integer> writes, Part.@Nullable Repeated repeat, List<Piece> inner) {
    Piece(Plan.Item item, Set<Integer> reads, Set<Integer> writes) {
      this(item, reads, writes, null, List.of());
    }
  }

  Plan plan(List<Part> parts) {
    var steps = scheduled(pieces(parts, null), 0, 1L << 60);
    long[] offsets = new long[buffers.size()];
    long bytes = placed(offsets);
    var list = new ArrayList<Plan.Buffer>();
    for (int b = 0; b < buffers.size(); b++) {
      var d = buffers.get(b);
      list.add(new Plan.Buffer(d.type(), d.elements(), d.role(), d.name(), offsets[b]));
    }
    return new Plan(steps, list, bytes);
  }

  private List<Piece> pieces(List<Part> parts, Part.@Nullable Repeated within) {
    var partials = new HashMap<Integer, Part.Combine>();
    for (var part : parts) {
      if (part instanceof Part.Combine c) {
        partials.put(c.partial(), c);
      }
    }
    var pieces = new ArrayList<Piece>();
    for (var part : parts) {
      switch (part) {
        case Part.Nest nest -> pieces.add(group(nest, partials, within));
        case Part.Repeated repeat -> pieces.add(repeated(repeat));
        case Part.Product(Plan.Gemm g) ->
            pieces.add(new Piece(g, new HashSet<>(List.of(g.a().buffer(), g.b().buffer())), Set.of(g.c().buffer())));
        case Part.Combine c -> {
          int count = c.splits() > 0 ? c.splits() : chunks(requireNonNull(groups.get(c.nest())));
          if (count > 1) {
            pieces.add(combine(c, count));
          }
        }
      }
    }
    return pieces;
  }

  private Piece repeated(Part.Repeated repeat) {
    var inner = pieces(repeat.parts(), repeat);
    var reads = new HashSet<Integer>();
    var writes = new HashSet<Integer>();
    for (var piece : inner) {
      reads.addAll(piece.reads());
      writes.addAll(piece.writes());
    }
    if (repeat.flags() > 0) {
      reads.add(repeat.going());
    }
    reads.removeIf(repeat::local);
    writes.removeIf(repeat::local);
    return new Piece(null, reads, writes, repeat, inner);
  }

  private static int chunks(Plan.Group group) {
    return Math.max(1, (group.outer() + group.chunk() - 1) / group.chunk());
  }

  private Piece group(Part.Nest nest, Map<Integer, Part.Combine> partials, Part.@Nullable Repeated within) {
    var loops = nest.walks ? nest.stages : merged(nest.stages);
    var extents = loops.getFirst().extents;
    int outer = extents.getFirst();
    long inner = 1;
    for (int e : extents.subList(1, extents.size())) {
      inner *= e;
    }
    boolean walks = loops.getFirst().walk >= 0;
    boolean whole = outer * inner < SMALL || loops.stream().anyMatch(LoopBuilder::scatters);
    int chunk = Math.max(1, whole ? outer : (outer + TASKS - 1) / TASKS);
    if (walks && outer >= 4 && chunk < outer) {
      chunk = (chunk + 1) / 2 * 2; // pairs of rows are walked together
    }
    int vectorExtent = extents.getLast();
    int vectorChunk = vectorExtent;
    boolean folds = loops.stream().anyMatch(LoopBuilder::reduces);
    if (loops.size() == 1 && !folds && !whole && outer < 4 && vectorExtent >= 128) {
      vectorChunk = Math.max(64, (vectorExtent / TASKS + 63) / 64 * 64);
    }
    int chunkCount = Math.max(1, (outer + chunk - 1) / chunk);
    var calls = new ArrayList<Plan.Call>();
    var reads = new HashSet<Integer>();
    var writes = new HashSet<Integer>();
    int places = 0;
    for (var loop : loops) {
      for (var entry : partials.entrySet()) {
        if (entry.getValue().splits() == 0 && chunkCount == 1 && loop.touches(entry.getKey())) {
          loop.redirect(entry.getKey(), entry.getValue().result().buffer());
        }
      }
      var args = new ArrayList<Plan.Arg>();
      for (var p : loop.places()) {
        boolean partial = partials.containsKey(p.buffer()) && loop.written().contains(p.buffer());
        args.add(
            new Plan.Arg(
                p.buffer(),
                p.offset(),
                p.strides(),
                p.indexStride(),
                p.indexes(),
                partial ? buffers.get(p.buffer()).elements() : 0,
                p.pass()));
      }
      places = Math.max(places, args.size());
      calls.add(new Plan.Call(loop.finish(), loop.extents, args));
      reads.addAll(loop.read());
      writes.addAll(loop.written());
    }
    if (chunkCount > 1) {
      writes.stream().filter(b -> partials.containsKey(b)).forEach(b -> buffers.repeat(b, chunkCount));
    }
    long rowBytes = Math.max(1, inner * loops.getFirst().type.bytes() * Math.max(1, places));
    int tile = calls.size() == 1 ? chunk : (int) Math.clamp(TILE_BYTES / rowBytes, 1, chunk);
    Plan.Rows rows = null;
    if (within != null && nest.rows && outer % within.flags() == 0) {
      rows = new Plan.Rows(within.going(), outer / within.flags());
      reads.add(within.going());
    }
    var group = new Plan.Group(calls, outer, chunk, tile, vectorChunk, rows);
    groups.put(nest, group);
    return new Piece(group, reads, writes);
  }

  /** The stages with adjoining axes made one where every operand allows it, and with two axes at least. */
  private static List<LoopBuilder> merged(List<LoopBuilder> stages) {
    var extents = stages.getFirst().extents;
    int n = extents.size();
    int[] to = new int[n];
    var fresh = new ArrayList<Integer>();
    if (n == 1) {
      fresh.add(1);
    }
    for (int a = 0; a < n; a++) {
      if (a > 0 && a < n - 1 && mergeable(stages, a - 1)) {
        fresh.set(fresh.size() - 1, fresh.getLast() * extents.get(a));
      } else {
        fresh.add(extents.get(a));
      }
      to[a] = fresh.size() - 1;
    }
    return stages.stream().map(s -> s.over(fresh, to)).toList();
  }

  private static boolean mergeable(List<LoopBuilder> stages, int axis) {
    for (var loop : stages) {
      if (loop.counts(axis) || loop.counts(axis + 1)) {
        return false;
      }
      for (var p : loop.places()) {
        if (p.strides().get(axis) != p.strides().get(axis + 1) * loop.extents.get(axis + 1)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Adds up {@code count} partial results in their order. */
  private Piece combine(Part.Combine c, int count) {
    var declared = buffers.get(c.result().buffer());
    int elements = Math.toIntExact(Layout.padded(declared.type(), c.shape()).elements());
    var loop = new LoopBuilder(declared.type(), List.of(1, count, elements), 1, false);
    int carry = loop.carry(loop.constant(Phase.PRE, Kind.FLOAT, c.fold().identity()));
    var from = place(declared, c.partial(), 0, List.of(0L, (long) elements, 1L));
    var to = place(declared, c.result().buffer(), c.result().offset(), List.of(0L, 0L, 1L));
    int load = loop.emit(Phase.BODY, new Ins.Load(loop.operand(from), -1));
    var prim = c.fold() == Ins.Fold.SUM ? Prim.ADD : Prim.MAX;
    loop.next(0, loop.emit(Phase.BODY, new Ins.Compute(prim, carry, load, -1)));
    int last = loop.emit(Phase.POST, new Ins.Carry(0));
    loop.emit(Phase.POST, new Ins.Store(loop.operand(to), last));
    var args = loop.places().stream()
        .map(p -> new Plan.Arg(p.buffer(), p.offset(), p.strides(), 0, 0, 0, 0))
        .toList();
    int vectorChunk = elements >= 2048 ? 1024 : elements;
    var group = new Plan.Group(List.of(new Plan.Call(loop.finish(), loop.extents, args)), 1, 1, 1, vectorChunk);
    return new Piece(group, Set.of(c.partial()), Set.of(c.result().buffer()));
  }

  private static Place place(Buffers.Declared d, int buffer, long offset, List<Long> strides) {
    return new Place(d.type(), buffer, offset, strides, 0, 0, false, 1, 0);
  }

  // Order and memory.

  /** Steps on a stretch of the clock: every item as early as what it reads and overwrites allows. */
  private List<Plan.Step> scheduled(List<Piece> pieces, long start, long length) {
    var written = new HashMap<Integer, Integer>();
    var read = new HashMap<Integer, Integer>();
    var levels = new ArrayList<List<Piece>>();
    for (var piece : pieces) {
      int level = 0;
      for (int b : piece.reads()) {
        level = Math.max(level, written.getOrDefault(b, -1) + 1);
      }
      for (int b : piece.writes()) {
        level = Math.max(level, Math.max(written.getOrDefault(b, -1), read.getOrDefault(b, -1)) + 1);
      }
      while (levels.size() <= level) {
        levels.add(new ArrayList<>());
      }
      levels.get(level).add(piece);
      for (int b : piece.reads()) {
        read.merge(b, level, Math::max);
      }
      for (int b : piece.writes()) {
        written.merge(b, level, Math::max);
      }
    }
    var steps = new ArrayList<Plan.Step>();
    long each = length / Math.max(1, levels.size());
    for (var level : levels) {
      long from = start + steps.size() * each;
      var life = new Life(from, from + each - 1);
      var items = new ArrayList<Plan.Item>();
      for (var piece : level) {
        piece.reads().forEach(b -> lives.merge(b, life, Life::and));
        piece.writes().forEach(b -> lives.merge(b, life, Life::and));
        var repeat = piece.repeat();
        items.add(
            repeat == null
                ? requireNonNull(piece.item())
                : new Plan.Repeat(
                    repeat.max(), repeat.going(), repeat.flags(), scheduled(piece.inner(), from, each)));
      }
      steps.add(new Plan.Step(items));
    }
    return steps;
  }

  private record Block(int buffer, long offset, long bytes) {}

  /** Buffers of each type and role in a stretch of their own, as devices want them. */
  private long placed(long[] offsets) {
    for (int b = 0; b < buffers.size(); b++) {
      offsets[b] = -1;
      var role = buffers.get(b).role();
      if (role == Role.INPUT || role == Role.OUTPUT) {
        lives.put(b, new Life(-1, Long.MAX_VALUE));
      }
    }
    long end = 0;
    for (var role : List.of(Role.TEMP, Role.INPUT, Role.OUTPUT)) {
      for (var type : DType.values()) {
        end = placed(offsets, role, type, end);
      }
    }
    return end;
  }

  /** Largest first, each at the lowest offset that is free during its life. */
  private long placed(long[] offsets, Role role, DType type, long begin) {
    var order = new ArrayList<Integer>();
    for (int b = 0; b < buffers.size(); b++) {
      if (buffers.get(b).role() == role && buffers.get(b).type() == type && lives.containsKey(b)) {
        order.add(b);
      }
    }
    order.sort(Comparator.comparingLong((Integer b) -> -footprint(b)).thenComparing(b -> b));
    var blocks = new ArrayList<Block>(); // by offset
    long end = begin;
    for (int b : order) {
      long need = footprint(b);
      long at = begin;
      var life = requireNonNull(lives.get(b));
      for (var block : blocks) {
        var other = requireNonNull(lives.get(block.buffer()));
        if (other.first() > life.last() || other.last() < life.first()) {
          continue;
        }
        if (at + need <= block.offset()) {
          break;
        }
        at = Math.max(at, block.offset() + block.bytes());
      }
      offsets[b] = at;
      int position = 0;
      while (position < blocks.size() && blocks.get(position).offset() <= at) {
        position++;
      }
      blocks.add(position, new Block(b, at, need));
      end = Math.max(end, at + need);
    }
    return end;
  }

  private long footprint(int buffer) {
    var d = buffers.get(buffer);
    return Layout.footprint(d.type(), d.elements());
  }
}
