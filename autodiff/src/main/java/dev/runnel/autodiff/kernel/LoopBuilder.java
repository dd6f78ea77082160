package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.kernel.Operand.Along;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One Loop being written. Values have provisional numbers; equal instructions of a phase share one.
 * {@link #finish} puts them in the order that {@link Loop} promises.
 */
final class LoopBuilder {

  /** Where in the nest an instruction stands. */
  enum Phase {
    PRE,
    BODY,
    POST,
    REPLAY
  }

  /** A place in memory as this Loop moves through it. */
  record Place(
      DType type,
      int buffer,
      long offset,
      List<Long> strides,
      long indexStride,
      long indexes,
      boolean exact,
      int every,
      long pass) {

    /** The same place, one stride on along the walk at each start of a stretch. */
    Place stretched(int length) {
      return new Place(type, buffer, offset, strides, indexStride, indexes, exact, length, pass);
    }

    /** The same place, moved on by an index below {@code count} times a stride. */
    Place indexed(long stride, int count) {
      return new Place(type, buffer, offset, strides, stride, count, exact, every, pass);
    }

    /** The same place, where nothing past the vector axis's extent may be written. */
    Place exactly() {
      return new Place(type, buffer, offset, strides, indexStride, indexes, true, every, pass);
    }

    boolean alike(Place o) {
      return offset == o.offset && strides.equals(o.strides);
    }

    /** The same place in another buffer. */
    Place in(int another) {
      return new Place(type, another, offset, strides, indexStride, indexes, exact, every, pass);
    }

    /** The same place with a stride for each axis of another space. */
    Place along(List<Long> others) {
      return new Place(type, buffer, offset, others, indexStride, indexes, exact, every, pass);
    }
  }

  /** A node's value at a position. */
  record Key(Phase phase, int node, List<Dim> map) {}

  private record Entry(Phase phase, Ins ins) {}

  final DType type;
  final List<Integer> extents;
  final int walk;
  final boolean backward;

  private final boolean ownMaths;

  /** Where the Loop stands among the parts of the plan being made. */
  final Spot spot;

  private final List<Entry> entries = new ArrayList<>();
  private final Map<Entry, Integer> numbers = new HashMap<>();
  private final List<Place> places = new ArrayList<>();

  /** Products that a row of the table wrote: a sum of one is rounded once with it. */
  private final Set<Integer> products = new HashSet<>();

  private final List<Integer> init = new ArrayList<>();
  private final List<Integer> next = new ArrayList<>();
  private final Map<Key, Integer> values = new HashMap<>();
  private @Nullable Stretch replay;
  private int cost;

  /** The replay of a finished Loop's {@link Loop.Replay}, in provisional numbers. */
  private record Stretch(int every, List<Integer> checkpoints, List<Integer> next) {}

  LoopBuilder(DType type, List<Integer> extents, int walk, boolean backward) {
    this(Spot.START, type, extents, walk, backward, false);
  }

  LoopBuilder(Spot spot, DType type, List<Integer> extents, int walk, boolean backward, boolean ownMaths) {
    this.ownMaths = ownMaths;
    this.spot = spot;
    this.type = type;
    this.extents = List.copyOf(extents);
    this.walk = walk;
    this.backward = backward;
  }

  /** Instructions so far that compute. */
  int cost() {
    return cost;
  }

  @Nullable Integer value(Key key) {
    return values.get(key);
  }

  void value(Key key, int number) {
    values.put(key, number);
  }

  int emit(Phase phase, Ins ins) {
    var entry = new Entry(phase, ins);
    var known = numbers.get(entry);
    if (known != null) {
      return known;
    }
    if (phase == Phase.BODY || phase == Phase.REPLAY) {
      cost += ins instanceof Ins.Compute ? 1 : 0;
    }
    entries.add(entry);
    numbers.put(entry, entries.size() - 1);
    return entries.size() - 1;
  }

  int operand(Place place) {
    int known = places.indexOf(place);
    if (known >= 0) {
      return known;
    }
    places.add(place);
    return places.size() - 1;
  }

  /** A view as a tensor lies along this Loop's axes. */
  Place place(DType tensor, View view, List<Dim> map) {
    long offset = view.offset();
    var strides = new ArrayList<>(Collections.nCopies(extents.size(), 0L));
    for (int d = 0; d < map.size(); d++) {
      var dim = map.get(d);
      long stride = view.strides().get(d);
      offset += stride * dim.offset();
      if (dim.axis() >= 0) {
        strides.set(dim.axis(), strides.get(dim.axis()) + stride * dim.scale());
      }
    }
    return new Place(tensor, view.buffer(), offset, strides, 0, 0, false, 1, view.pass());
  }

  int load(Phase phase, Place place) {
    return emit(phase, new Ins.Load(operand(place), -1));
  }

  void store(Phase phase, Place place, int value) {
    emit(phase, new Ins.Store(operand(place), value));
  }

  boolean touches(int buffer) {
    return places.stream().anyMatch(p -> p.buffer() == buffer);
  }

  List<Place> places() {
    return places;
  }

  /**
   * Whether one buffer has one place here, and another that place too and no other, but for one before the walk
   * begins.
   */
  boolean alike(int buffer, int other) {
    var first = places.stream().filter(p -> p.buffer() == buffer).toList();
    var second = places.stream().filter(p -> p.buffer() == other).toList();
    return first.size() == 1
        && second.stream().anyMatch(first.getFirst()::alike)
        && second.stream().allMatch(p -> first.getFirst().alike(p) || before(first.getFirst(), p));
  }

  /** Whether a place is where another would be before the first step of the walk. */
  private boolean before(Place walked, Place place) {
    if (walk < 0 || backward) {
      return false;
    }
    var strides = new ArrayList<>(walked.strides());
    long step = strides.set(walk, 0L);
    return place.offset() == walked.offset() - step && place.strides().equals(strides);
  }

  /** Whether the Loop reads a position along an axis. */
  boolean counts(int axis) {
    return entries.stream().anyMatch(e -> e.ins() instanceof Ins.Axis(int a) && a == axis);
  }

  /** Whether the Loop adds to places that an index chooses. */
  boolean scatters() {
    return entries.stream().anyMatch(e -> e.ins() instanceof Ins.Scatter);
  }

  /** Whether the Loop folds. */
  boolean reduces() {
    return entries.stream().anyMatch(e -> e.ins() instanceof Ins.Reduce);
  }

  /**
   * The same Loop over other axes: axis {@code i} of this becomes axis {@code to[i]}; several may become
   * one, the last of them giving the stride.
   */
  LoopBuilder over(List<Integer> fresh, int[] to) {
    var loop = new LoopBuilder(type, fresh, walk < 0 ? -1 : to[walk], backward);
    for (var e : entries) {
      loop.entries.add(e.ins() instanceof Ins.Axis(int a) ? new Entry(e.phase(), new Ins.Axis(to[a])) : e);
    }
    for (var p : places) {
      var strides = new ArrayList<>(Collections.nCopies(fresh.size(), 0L));
      for (int a = 0; a < to.length; a++) {
        if (extents.get(a) != 1 || strides.get(to[a]) == 0) {
          strides.set(to[a], p.strides().get(a));
        }
      }
      loop.places.add(p.along(strides));
    }
    loop.init.addAll(init);
    loop.next.addAll(next);
    loop.replay = replay;
    loop.cost = cost;
    return loop;
  }

  /** Buffers that the Loop writes. */
  List<Integer> written() {
    var written = new ArrayList<Integer>();
    for (var e : entries) {
      switch (e.ins()) {
        case Ins.Store s -> written.add(places.get(s.operand()).buffer());
        case Ins.Reduce r -> written.add(places.get(r.operand()).buffer());
        case Ins.Scatter s -> written.add(places.get(s.operand()).buffer());
        default -> {}
      }
    }
    return written;
  }

  /** Buffers that the Loop reads. */
  List<Integer> read() {
    var read = new ArrayList<Integer>();
    for (var e : entries) {
      if (e.ins() instanceof Ins.Load load) {
        read.add(places.get(load.operand()).buffer());
      }
    }
    if (replay != null) {
      replay.checkpoints().forEach(c -> read.add(places.get(c).buffer()));
    }
    return read;
  }

  /** Another buffer in place of one, everywhere. */
  void redirect(int from, int to) {
    places.replaceAll(p -> p.buffer() == from ? p.in(to) : p);
  }

  int carry(int first) {
    init.add(first);
    next.add(-1);
    return emit(Phase.BODY, new Ins.Carry(init.size() - 1));
  }

  void next(int carry, int value) {
    next.set(carry, value);
  }

  int nextOf(int carry) {
    return next.get(carry);
  }

  boolean replays() {
    return replay != null;
  }

  void replay(int every, List<Integer> checkpoints, List<Integer> following) {
    replay = new Stretch(every, List.copyOf(checkpoints), List.copyOf(following));
  }

  int constant(Phase phase, Kind kind, double value) {
    return emit(phase, new Ins.Const(kind, value));
  }

  Kind kind(int number) {
    return switch (entries.get(number).ins()) {
      case Ins.Load load -> places.get(load.operand()).type() == DType.I32 ? Kind.INT : Kind.FLOAT;
      case Ins.Const(Kind kind, double _) -> kind;
      case Ins.Axis(int _) -> Kind.INT;
      case Ins.Compute(Prim prim, int _, int _, int _) -> prim.result();
      default -> Kind.FLOAT;
    };
  }

  /** Writes a row of the table; {@code result} is the node's type. */
  int point(Phase phase, Pointwise row, DType result, List<Integer> x) {
    boolean compares = row == Pointwise.LESS || row == Pointwise.EQUAL;
    boolean ints = compares ? kind(x.get(0)) == Kind.INT : result == DType.I32;
    var operands = new ArrayList<>(x);
    if (row == Pointwise.SELECT && !ints && kind(x.get(0)) == Kind.INT) {
      operands.set(0, emit(phase, new Ins.Compute(Prim.TO_FLOAT, x.get(0), -1, -1)));
    }
    if (row == Pointwise.ADD && !ints) {
      for (int i = 0; i < 2; i++) {
        if (products.contains(x.get(i)) && entries.get(x.get(i)).ins() instanceof Ins.Compute product) {
          return emit(phase, new Ins.Compute(Prim.FMA, product.a(), product.b(), x.get(1 - i)));
        }
      }
    }
    int number = row.expand(new Writer(this, phase, ints ? DType.I32 : type), operands);
    if (row == Pointwise.MUL && !ints) {
      products.add(number);
    }
    return number;
  }

  /** Arithmetic whose values are numbers of this Loop's instructions. */
  private record Writer(LoopBuilder loop, Phase phase, DType type) implements Arithmetic<Integer> {
    @Override
    public boolean own() {
      return loop.ownMaths;
    }

    @Override
    public Integer constant(double value) {
      return loop.constant(phase, Kind.FLOAT, value);
    }

    @Override
    public Integer integer(long value) {
      return loop.constant(phase, Kind.INT, value);
    }

    @Override
    public Integer compute(Prim prim, List<Integer> x) {
      return loop.emit(
          phase, new Ins.Compute(prim, x.get(0), x.size() > 1 ? x.get(1) : -1, x.size() > 2 ? x.get(2) : -1));
    }
  }

  /** What an operand's strides say of its structure. */
  Operand structure(Place place) {
    int moves = 0;
    for (int a = 0; a < extents.size(); a++) {
      moves |= place.strides().get(a) != 0 ? 1 << a : 0;
    }
    long vector = place.strides().getLast();
    var along = vector == 0 ? Along.SAME : vector == 1 ? Along.UNIT : Along.STRIDED;
    return new Operand(place.type(), moves, along, place.exact(), place.every());
  }

  /** The structure of what was written. */
  Loop finish() {
    int[] order = new int[entries.size()];
    boolean[] used = used();
    var lists = new ArrayList<List<Ins>>();
    int count = 0;
    for (var phase : Phase.values()) {
      var list = new ArrayList<Integer>();
      for (int pass = 0; pass < 2; pass++) { // values first, then effects: a load reads what was before
        for (int i = 0; i < order.length; i++) {
          if (used[i] && entries.get(i).phase() == phase && effect(entries.get(i).ins()) == (pass == 1)) {
            order[i] = count++;
            list.add(i);
          }
        }
      }
      lists.add(list.stream().map(i -> renumbered(entries.get(i).ins(), n -> order[n])).toList());
    }
    var stretch =
        replay == null
            ? null
            : new Loop.Replay(
                replay.every(), replay.checkpoints(), lists.get(3), replay.next().stream().map(n -> order[n]).toList());
    return new Loop(
        type,
        extents.size(),
        walk,
        backward,
        places.stream().map(this::structure).toList(),
        lists.get(0),
        lists.get(1),
        lists.get(2),
        init.stream().map(n -> order[n]).toList(),
        next.stream().map(n -> order[n]).toList(),
        stretch);
  }

  /** What effects, carries and the replay need. */
  private boolean[] used() {
    boolean[] used = new boolean[entries.size()];
    init.forEach(n -> used[n] = true);
    next.forEach(n -> used[n] = true);
    if (replay != null) {
      replay.next().forEach(n -> used[n] = true);
    }
    for (int i = used.length - 1; i >= 0; i--) {
      var ins = entries.get(i).ins();
      used[i] |= effect(ins);
      if (used[i]) {
        renumbered(ins, n -> { // for what it visits
          used[n] = true;
          return n;
        });
      }
    }
    return used;
  }

  private static boolean effect(Ins ins) {
    return ins instanceof Ins.Store || ins instanceof Ins.Reduce || ins instanceof Ins.Scatter;
  }

  /** The instruction with another number for each value it reads. */
  private static Ins renumbered(Ins ins, IntUnaryOperator to) {
    IntUnaryOperator maybe = n -> n < 0 ? n : to.applyAsInt(n);
    return switch (ins) {
      case Ins.Load(int operand, int index) -> new Ins.Load(operand, maybe.applyAsInt(index));
      case Ins.Compute(Prim prim, int a, int b, int c) ->
          new Ins.Compute(prim, to.applyAsInt(a), maybe.applyAsInt(b), maybe.applyAsInt(c));
      case Ins.Store(int operand, int value) -> new Ins.Store(operand, to.applyAsInt(value));
      case Ins.Reduce(int operand, int value, Ins.Fold fold) -> new Ins.Reduce(operand, to.applyAsInt(value), fold);
      case Ins.Scatter(int operand, int index, int value) ->
          new Ins.Scatter(operand, to.applyAsInt(index), to.applyAsInt(value));
      case Ins.Const _, Ins.Axis _, Ins.Carry _, Ins.Replayed _ -> ins;
    };
  }
}
