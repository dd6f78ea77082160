package dev.runnel.autodiff.kernel;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.LoopBuilder.Key;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import dev.runnel.autodiff.kernel.LoopBuilder.Place;
import dev.runnel.autodiff.kernel.Plan.Role;
import dev.runnel.autodiff.memory.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns a tape into a {@link Plan}.
 *
 * <p>Only <em>anchors</em> reach memory: reductions, matrix products and their operands, results of
 * structured operations, outputs, assigned values, and what is dear to compute and used in several
 * places. Everything else is written into the Loop that needs it. Anchors are placed in the tape's order:
 * into the Loop that computes what they read, at the same positions, if there is one; as a further stage
 * of its nest if they read a reduction of the same rows; else into the latest nest over the same space
 * that shares a load; else into one of their own.
 */
public final class Lowering {
  /** Instructions that an expression may have before it is stored rather than written out again. */
  private static final int DEAR = 8;

  /** Instructions that one Loop may grow to by joining. */
  private static final int FULL = 260;

  /** Steps between states that are kept where a backward walk steps again. */
  private static final int STRETCH = 32;

  /** Operands that one Loop may come to by joining: a compiler's time grows with the square of them. */
  private static final int MANY = 20;

  /** Instructions of an expression that becomes a Loop of its own. */
  private static final int LARGE = 160;

  private final Tape tape;
  private final List<Node> nodes;
  private final boolean[] live;
  private final Set<Integer> anchored = new HashSet<>();
  private final Set<Integer> shared = new HashSet<>();
  private final int[] costs;
  private final Map<Integer, Value> values = new HashMap<>();
  private final Map<Integer, Walk> walks = new HashMap<>();
  private final Set<Integer> waiting = new TreeSet<>();
  private final Map<Integer, Value> dense = new HashMap<>();
  private final List<Pending> pending = new ArrayList<>();
  private final boolean[] carriedOn;
  private int flags;
  private int going = -1;
  final Buffers buffers;
  final List<Part> parts = new ArrayList<>();

  /** Where a node's value can be had once it is placed. */
  private static final class Value {
    final int part;
    final int stage;
    final boolean afterStage;
    private @Nullable View view;
    private final Supplier<View> store;
    @Nullable Stretchable replay;

    Value(int part, int stage, boolean afterStage, Supplier<View> store) {
      this.part = part;
      this.stage = stage;
      this.afterStage = afterStage;
      this.store = store;
    }

    static Value stored(int part, View view) {
      var value = new Value(part, -1, false, () -> view);
      value.view = view;
      return value;
    }

    boolean inMemory() {
      return view != null;
    }

    /** Whether these are states with a second lane axis that nobody has asked to keep. */
    boolean passed() {
      return replay != null && view == null && replay.walk().space.rank() >= 4;
    }

    View view() {
      if (view == null) {
        view = store.get();
      }
      return view;
    }
  }

  /** States that a backward walk may compute again: the walk that made them and its carry. */
  private record Stretchable(Walk walk, int carry) {}

  /** Position of a part and a stage within it. */
  private record Spot(int part, int stage) implements Comparable<Spot> {
    @Override
    public int compareTo(Spot o) {
      return part != o.part ? Integer.compare(part, o.part) : Integer.compare(stage, o.stage);
    }
  }

  private record Leaf(int node, List<Dim> map) {}

  private Lowering(Tape tape, Buffers buffers) {
    this.tape = tape;
    this.buffers = buffers;
    this.nodes = tape.nodes();
    this.live = new boolean[nodes.size()];
    this.costs = new int[nodes.size()];
    this.carriedOn = new boolean[nodes.size()];
  }

  /** Lowers what the tape's outputs and assignments need. */
  public static Plan lower(Tape tape) {
    var lowering = new Lowering(tape.expanded(), new Buffers());
    lowering.tape.inputs().forEach((name, t) -> lowering.source(t.id(), t.type(), t.shape(), Role.INPUT, name));
    lowering.turns();
    lowering.outputs();
    lowering.assignments();
    return new Assembly(lowering.buffers).plan(lowering.parts);
  }

  private void turns() {
    survey();
    for (int id = 0; id < nodes.size(); id++) {
      if (live[id]) {
        turn(id);
      }
    }
    catchUp();
  }

  // What must be stored.

  private void survey() {
    var roots = new ArrayList<Integer>();
    tape.outputs().values().forEach(t -> roots.add(t.id()));
    tape.assignments().values().forEach(t -> roots.add(t.id()));
    roots.forEach(r -> live[r] = true);
    for (int id = nodes.size() - 1; id >= 0; id--) {
      if (live[id]) {
        nodes.get(id).operands().forEach(o -> live[o] = true);
      }
    }
    int[] uses = new int[nodes.size()];
    roots.forEach(r -> uses[r]++);
    for (int id = 0; id < nodes.size(); id++) {
      if (live[id]) {
        var node = nodes.get(id);
        carriedOn[id] = (node.op() instanceof Op.Input(String name) && name.startsWith("c"))
            || node.operands().stream().anyMatch(o -> carriedOn[o]);
        node.operands().stream().distinct().forEach(o -> uses[o]++);
        costs[id] = surveyed(id, node);
        if (node.op() instanceof Op.Point && costs[id] > LARGE) {
          anchored.add(id);
          costs[id] = 0;
        }
      }
    }
    for (int id = 0; id < nodes.size(); id++) {
      if (live[id] && nodes.get(id).op() instanceof Op.Point && uses[id] > 1 && costs[id] > DEAR) {
        shared.add(id);
      }
    }
  }

  /** Marks operands that must be stored; gives the instructions that computing the node in place takes. */
  private int surveyed(int id, Node node) {
    int sum = node.operands().stream().distinct().mapToInt(o -> costs[o]).sum();
    return switch (node.op()) {
      case Op.Point(Pointwise row) -> {
        boolean words = row == Pointwise.THREEFRY && tape.type() == DType.F64;
        if (words) {
          anchored.add(id);
        }
        yield words ? 0 : sum + Cost.of(row, tape.type());
      }
      case Op.Broadcast() -> {
        if (sum > 3 * DEAR && node.shape().size() > 8 * nodes.get(node.operands().getFirst()).shape().size()) {
          anchor(node.operands().getFirst());
          yield 0;
        }
        yield sum;
      }
      case Op.Transpose(_), Op.Slice(_, _), Op.Flip(_) -> {
        if (sum > DEAR) {
          anchor(node.operands().getFirst());
          yield 0;
        }
        yield sum;
      }
      case Op.Reshape() -> {
        if (!squeezes(node)) {
          anchor(node.operands().getFirst());
          yield 0;
        }
        yield sum;
      }
      case Op.MatMul(_, _), Op.Gather(), Op.ScatterAdd(), Op.Repeat _ -> {
        node.operands().forEach(this::anchor);
        yield 0;
      }
      case Op.Stop() -> sum;
      case Op.Input _, Op.Variable _, Op.Constant _, Op.Iota _, Op.Concat _, Op.Reduce _, Op.Call _, Op.Result _ -> 0;
    };
  }

  private void anchor(int id) {
    var node = nodes.get(id);
    switch (node.op()) {
      case Op.Point(_), Op.Constant(_), Op.Iota(_) -> anchored.add(id);
      case Op.Broadcast(), Op.Reshape(), Op.Transpose(_), Op.Slice(_, _), Op.Flip(_), Op.Stop() ->
          anchor(node.operands().getFirst());
      default -> {}
    }
  }

  private boolean squeezes(Node node) {
    return squeezed(node.shape()).equals(squeezed(nodes.get(node.operands().getFirst()).shape()));
  }

  private static List<Integer> squeezed(Shape shape) {
    return shape.dims().stream().filter(d -> d != 1).toList();
  }

  // Placing.

  /** Visits a node, or puts it off until the walk that will step through the states it reads is there. */
  private void turn(int id) {
    var node = nodes.get(id);
    boolean waits = node.operands().stream().anyMatch(waiting::contains);
    if (node.op() instanceof Op.Call) {
      if (waits) {
        catchUp();
      }
      visit(id);
      if (!waiting.isEmpty()) {
        stepAgainIn(id, node);
      }
      catchUp();
    } else if (waits || (node.op() instanceof Op.Reduce && readsPassedStates(id, node.operands().getFirst()))) {
      waiting.add(id);
    } else {
      visit(id);
    }
  }

  /** Has a call's walk step again through the states that its operands are slices of. */
  private void stepAgainIn(int call, Node node) {
    for (int operand : node.operands()) {
      var whole = nodes.get(operand).op() instanceof Op.Slice ? nodes.get(operand).operands().getFirst() : operand;
      var value = values.get(whole);
      if (value != null && value.passed()) {
        walks.values().stream()
            .filter(w -> w.id == call)
            .forEach(w -> requireNonNull(value.replay).walk().again(w));
      }
    }
  }

  private void catchUp() {
    var late = List.copyOf(waiting);
    waiting.clear();
    late.forEach(this::visit);
  }

  /** Whether a node needs states that are not kept, and that a call still to come steps through again. */
  private boolean readsPassedStates(int reduction, int x) {
    var shape = nodes.get(x).shape();
    for (var leaf : leaves(x, Dim.aligned(shape))) {
      var value = values.get(leaf.node());
      if (value != null && value.passed() && joined(x, shape, tape.type(), costs[x], true) == null) {
        for (int id = reduction + 1; id < nodes.size(); id++) {
          if (live[id]
              && nodes.get(id).op() instanceof Op.Call
              && nodes.get(id).operands().stream().anyMatch(o -> sliceOf(o, leaf.node()))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private boolean sliceOf(int id, int whole) {
    return nodes.get(id).op() instanceof Op.Slice && nodes.get(id).operands().getFirst() == whole;
  }

  private void visit(int id) {
    var node = nodes.get(id);
    switch (node.op()) {
      case Op.Input(_) -> {}
      case Op.Variable(String path) -> source(id, node.type(), node.shape(), Role.VARIABLE, path);
      case Op.Point(_), Op.Constant(_), Op.Iota(_) -> {
        if (anchored.contains(id)) {
          stored(id);
        }
      }
      case Op.Reduce(Ins.Fold fold, List<Integer> axes) -> reduce(id, node, fold, axes);
      case Op.Concat(int axis) -> concat(id, node, axis);
      case Op.MatMul(boolean ta, boolean tb) -> matmul(id, node, ta, tb);
      case Op.Gather() -> gather(id, node);
      case Op.ScatterAdd() -> scatter(id, node);
      case Op.Call(Primitive primitive) -> primitive.lower(new Site(id));
      case Op.Repeat loop -> repeat(id, node, loop);
      case Op.Reshape() -> {
        if (!squeezes(node)) {
          reshape(id, node);
        }
      }
      case Op.Broadcast(), Op.Transpose(_), Op.Slice(_, _), Op.Flip(_), Op.Stop(), Op.Result(_) -> {}
    }
  }

  /** A reshape that moves elements between axes: a view where strides can say it, else of a copy without gaps. */
  private void reshape(int id, Node node) {
    int x = node.operands().getFirst();
    var shape = nodes.get(x).shape();
    var view = resolve(x).reshape(shape, node.shape());
    if (view != null) {
      values.put(id, Value.stored(requireNonNull(values.get(root(x))).part, view));
      return;
    }
    var copy = dense.get(x);
    if (copy == null) {
      var layout = Layout.dense(node.type(), shape);
      var whole = View.of(buffers.add(node.type(), layout.elements(), Role.TEMP, ""), layout);
      copy = Value.stored(store(x, new View(whole.buffer(), 0, whole.strides(), false), false).part(), whole);
      dense.put(x, copy);
    }
    var reshaped = copy.view().reshape(shape, node.shape());
    if (reshaped == null) {
      throw new IllegalStateException("lowering: no view of " + shape + " as " + node.shape());
    }
    values.put(id, Value.stored(copy.part, new View(reshaped.buffer(), 0, reshaped.strides(), false)));
  }

  private void source(int id, DType type, Shape shape, Role role, String name) {
    values.put(id, Value.stored(-1, buffers.padded(type, shape, role, name)));
  }

  /** Places a node so that it is in memory. */
  private View stored(int id) {
    var node = nodes.get(id);
    var known = values.get(id);
    if (known != null) {
      return known.view();
    }
    var view = buffers.padded(node.type(), node.shape(), Role.TEMP, "");
    store(id, view, true);
    return view;
  }

  /** Writes a node's value to a view; with {@code keep} it is found there from now on. */
  private Spot store(int id, View view, boolean keep) {
    var node = nodes.get(id);
    var placed = place(id, node.shape(), loopType(id));
    var loop = placed.loop();
    var map = placed.map();
    int number = number(loop, Phase.BODY, id, map);
    int operand = loop.operand(place(node.type(), view, map, loop, !view.sole()));
    loop.emit(Phase.BODY, new Ins.Store(operand, number));
    if (keep) {
      var value = new Value(placed.spot().part(), placed.spot().stage(), false, () -> view);
      value.view = view;
      values.put(id, value);
    }
    return placed.spot();
  }

  /** A Loop to write to, and how a tensor of the placed shape lies along its axes. */
  private record Placed(Spot spot, LoopBuilder loop, List<Dim> map) {}

  /** Finds or makes the Loop over {@code shape} that is to compute a node. */
  private Placed place(int id, Shape shape, DType type) {
    int cost = Math.max(1, costs[id]);
    var walked = joined(id, shape, type, cost, true);
    if (walked != null) {
      return walked;
    }
    var joined = joined(id, shape, type, cost, false);
    if (joined != null) {
      return joined;
    }
    var map = Dim.squeezed(shape);
    var leaves = leaves(id, map);
    var least = least(leaves, shape, false);
    var fed = new HashSet<Integer>();
    for (var leaf : leaves) {
      var v = values.get(leaf.node());
      if (v != null && v.inMemory() && leaf.map().stream().anyMatch(d -> d.axis() >= 0)) {
        fed.add(v.view().buffer());
      }
    }
    var space = spaceOf(shape);
    for (int p = parts.size() - 1; p > least.part(); p--) {
      if (parts.get(p) instanceof Part.Nest nest
          && !nest.walks
          && nest.rows == inRows(id, shape)
          && nest.last().type == type
          && nest.space.dims().equals(space)
          && nest.last().cost() + cost <= FULL
          && nest.last().places().size() + leaves.size() <= MANY
          && fed.stream().anyMatch(nest.last()::touches)) {
        return new Placed(new Spot(p, nest.stages.size() - 1), nest.last(), map);
      }
    }
    var nest = nest(id, shape);
    parts.add(nest);
    return new Placed(new Spot(parts.size() - 1, 0), stage(nest, parts.size() - 1, type), map);
  }

  /** The Loop that computes what the node reads, if the node may join it. */
  private @Nullable Placed joined(int id, Shape shape, DType type, int cost, boolean walks) {
    var map = walks ? Dim.aligned(shape) : Dim.squeezed(shape);
    var least = least(leaves(id, map), shape, walks);
    if (least.part() < 0
        || least.part() >= parts.size()
        || !(parts.get(least.part()) instanceof Part.Nest nest)
        || nest.walks != walks
        || nest.rows != inRows(id, shape)
        || nest.last().type != type
        || !sameSpace(nest, shape)) {
      return null;
    }
    if (least.stage() == nest.stages.size()) {
      if (walks) {
        return null;
      }
      stage(nest, least.part(), type);
    }
    var loop = nest.stages.get(least.stage());
    boolean room = walks ? loop.cost() <= FULL : loop.cost() + cost <= FULL;
    return room && loop.places().size() <= (walks ? 2 * MANY : MANY) ? new Placed(least, loop, map) : null;
  }

  /** A nest that computes a node over its long axes. */
  private Part.Nest nest(int id, Shape shape) {
    var nest = new Part.Nest(new Shape(spaceOf(shape)), false);
    nest.rows = inRows(id, shape);
    return nest;
  }

  /** Whether the first axis of what a repeat's body computes is made of rows that may have stopped. */
  private boolean inRows(int id, Shape shape) {
    return flags > 0 && carriedOn[id] && shape.rank() > 1 && shape.get(0) > 1 && shape.get(0) % flags == 0;
  }

  private LoopBuilder stage(Part.Nest nest, int part, DType type) {
    var loop = new LoopBuilder(type, nest.space.dims(), -1, false).at(part, nest.stages.size());
    nest.stages.add(loop);
    return loop;
  }

  private static boolean sameSpace(Part.Nest nest, Shape shape) {
    return nest.walks ? nest.space.equals(shape) : nest.space.dims().equals(spaceOf(shape));
  }

  private Spot least(List<Leaf> leaves, Shape shape, boolean walks) {
    var least = new Spot(-1, 0);
    for (var leaf : leaves) {
      var spot = needs(leaf, shape, walks);
      least = spot.compareTo(least) > 0 ? spot : least;
    }
    return least;
  }

  private List<Leaf> leaves(int id, List<Dim> map) {
    var leaves = new ArrayList<Leaf>();
    leaves(id, map, leaves, new HashSet<>());
    return leaves;
  }

  private static List<Integer> spaceOf(Shape shape) {
    var squeezed = squeezed(shape);
    return squeezed.isEmpty() ? List.of(1) : squeezed;
  }

  /** The earliest spot at which a leaf can be read by a Loop over this space. */
  private Spot needs(Leaf leaf, Shape shape, boolean walks) {
    var value = values.get(leaf.node());
    if (value == null || value.part < 0) {
      return new Spot(-1, 0);
    }
    var after = new Spot(value.part + 1, 0);
    var key = new Key(Phase.BODY, leaf.node(), leaf.map());
    if (walks && value.passed()) {
      var again = requireNonNull(value.replay).walk().again;
      if (again != null && again.loop.value(key) != null && again.space.equals(shape)) {
        return new Spot(again.loop.part(), 0);
      }
    }
    if (value.stage < 0
        || !(parts.get(value.part) instanceof Part.Nest nest)
        || nest.walks != walks
        || !sameSpace(nest, shape)) {
      return after;
    }
    if (value.afterStage) {
      return rowsAgree(leaf) ? new Spot(value.part, value.stage + 1) : after;
    }
    return nest.stages.get(value.stage).value(key) != null ? new Spot(value.part, value.stage) : after;
  }

  /** Whether a leaf is read on axis 0 where its own first long axis lies, so that a tile has what it reads. */
  private boolean rowsAgree(Leaf leaf) {
    for (var dim : leaf.map()) {
      if (dim.axis() >= 0) {
        return dim.equals(Dim.along(0));
      }
    }
    return false;
  }

  /** What a node's expression reads from memory or from Loops, and at which positions. */
  private void leaves(int id, List<Dim> map, List<Leaf> found, Set<Leaf> seen) {
    var leaf = new Leaf(id, map);
    if (!seen.add(leaf)) {
      return;
    }
    var node = nodes.get(id);
    if (values.containsKey(id)) {
      found.add(leaf);
      return;
    }
    for (int i = 0; i < node.operands().size(); i++) {
      leaves(node.operands().get(i), operandMap(node, map), found, seen);
    }
  }

  private int root(int id) {
    return values.containsKey(id) ? id : root(nodes.get(id).operands().getFirst());
  }

  private List<Dim> operandMap(Node node, List<Dim> map) {
    return switch (node.op()) {
      case Op.Broadcast() -> {
        var from = nodes.get(node.operands().getFirst()).shape();
        var operand = new ArrayList<Dim>();
        for (int d = 0; d < from.rank(); d++) {
          int a = d + node.shape().rank() - from.rank();
          operand.add(from.get(d) == 1 && node.shape().get(a) != 1 ? Dim.ZERO : map.get(a));
        }
        yield operand;
      }
      case Op.Reshape() -> {
        var long_ = new ArrayList<Dim>();
        for (int a = 0; a < map.size(); a++) {
          if (node.shape().get(a) != 1) {
            long_.add(map.get(a));
          }
        }
        var operand = new ArrayList<Dim>();
        int k = 0;
        for (int extent : nodes.get(node.operands().getFirst()).shape().dims()) {
          operand.add(extent == 1 ? Dim.ZERO : long_.get(k++));
        }
        yield operand;
      }
      case Op.Transpose(List<Integer> order) -> {
        var operand = new Dim[order.size()];
        for (int a = 0; a < order.size(); a++) {
          operand[order.get(a)] = map.get(a);
        }
        yield Arrays.asList(operand);
      }
      case Op.Slice(int axis, int from) -> {
        var operand = new ArrayList<>(map);
        operand.set(axis, map.get(axis).plus(from));
        yield operand;
      }
      case Op.Flip(int axis) -> {
        var operand = new ArrayList<>(map);
        operand.set(axis, map.get(axis).reversed(node.shape().get(axis)));
        yield operand;
      }
      default -> map;
    };
  }

  // Writing expressions.

  /** The number of a node's value at a position of a Loop, written there if need be. */
  private int number(LoopBuilder loop, Phase phase, int id, List<Dim> map) {
    var key = new Key(phase, id, map);
    var known = loop.value(key);
    if (known != null) {
      return known;
    }
    int number = written(loop, phase, id, map);
    loop.value(key, number);
    if (phase == Phase.BODY && shared.contains(id) && loop.walk < 0 && !values.containsKey(id)) {
      share(loop, id, map, number);
    }
    return number;
  }

  /** Lets later Loops read a dear value from the Loop that computes it first. */
  private void share(LoopBuilder loop, int id, List<Dim> map, int number) {
    var node = nodes.get(id);
    if (!map.equals(Dim.squeezed(node.shape())) || !loop.extents.equals(spaceOf(node.shape()))) {
      return;
    }
    if (loop.part() >= 0) {
      Supplier<View> store =
          () -> {
            var view = buffers.padded(node.type(), node.shape(), Role.TEMP, "");
            int operand = loop.operand(place(node.type(), view, map, loop, false));
            loop.emit(Phase.BODY, new Ins.Store(operand, number));
            return view;
          };
      values.put(id, new Value(loop.part(), loop.stage(), false, store));
    }
  }

  private int written(LoopBuilder loop, Phase phase, int id, List<Dim> map) {
    var node = nodes.get(id);
    var again = steppedAgain(loop, phase, id, map);
    if (again != null) {
      return again;
    }
    var view = viewOf(id);
    if (view != null) {
      return loop.emit(phase, new Ins.Load(loop.operand(place(node.type(), view, map, loop, false)), -1));
    }
    return switch (node.op()) {
      case Op.Constant(double value) -> loop.constant(phase, node.type() == DType.I32 ? Kind.INT : Kind.FLOAT, value);
      case Op.Iota(int axis) -> iota(loop, phase, map.get(axis));
      case Op.Point(Pointwise row) -> {
        var x = node.operands().stream().map(o -> number(loop, phase, o, map)).toList();
        yield loop.point(phase, row, node.type(), x);
      }
      case Op.Broadcast(), Op.Reshape(), Op.Transpose(_), Op.Slice(_, _), Op.Flip(_), Op.Stop() ->
          number(loop, phase, node.operands().getFirst(), operandMap(node, map));
      default -> throw new IllegalStateException("lowering: a placed node expected, " + tape.describe(id) + " came");
    };
  }

  /** The number of states that a backward walk can compute again, rather than have them kept. */
  private @Nullable Integer steppedAgain(LoopBuilder loop, Phase phase, int id, List<Dim> map) {
    var value = values.get(id);
    if (value == null || !value.passed()) {
      return null;
    }
    var source = requireNonNull(value.replay);
    var dim = map.get(source.walk().axis);
    if (dim.axis() < 0 && dim.offset() == source.walk().end()) {
      var last = new ArrayList<>(map);
      last.set(source.walk().axis, Dim.ZERO);
      var place = place(tape.type(), source.walk().last(source.carry()), last, loop, false);
      return loop.emit(phase, new Ins.Load(loop.operand(place), -1));
    }
    if (phase != Phase.BODY || !(walkOf(loop) instanceof Walk walk)) {
      return null;
    }
    source.walk().again(walk);
    return loop.value(new Key(phase, id, map));
  }

  private @Nullable Walk walkOf(LoopBuilder loop) {
    return loop.walk < 0 ? null : walks.get(loop.part());
  }

  /** The view to load a node from, or null where it is to be computed in place. */
  private @Nullable View viewOf(int id) {
    var value = values.get(id);
    return value == null ? null : value.view();
  }

  private static int iota(LoopBuilder loop, Phase phase, Dim dim) {
    var offset = loop.constant(phase, Kind.INT, dim.offset());
    if (dim.axis() < 0) {
      return offset;
    }
    int position = loop.emit(phase, new Ins.Axis(dim.axis()));
    if (dim.equals(Dim.along(dim.axis()))) {
      return position;
    }
    return loop.emit(phase, new Ins.Compute(dim.scale() < 0 ? Prim.ISUB : Prim.IADD, offset, position, -1));
  }

  private Place place(DType type, View view, List<Dim> map, LoopBuilder loop, boolean exact) {
    long offset = view.offset();
    Long[] strides = new Long[loop.extents.size()];
    Arrays.fill(strides, 0L);
    for (int d = 0; d < map.size(); d++) {
      var dim = map.get(d);
      offset += view.strides().get(d) * dim.offset();
      if (dim.axis() >= 0) {
        strides[dim.axis()] += view.strides().get(d) * dim.scale();
      }
    }
    return new Place(type, view.buffer(), offset, List.of(strides), 0, 0, exact, 1, view.pass());
  }

  /** A node's place in memory, through views; what is nowhere in memory is put there. */
  private View resolve(int id) {
    var value = values.get(id);
    if (value != null) {
      return value.view();
    }
    var node = nodes.get(id);
    int x = node.operands().isEmpty() ? -1 : node.operands().getFirst();
    return switch (node.op()) {
      case Op.Broadcast() -> resolve(x).broadcast(nodes.get(x).shape(), node.shape());
      case Op.Transpose(List<Integer> order) -> resolve(x).transpose(order);
      case Op.Slice(int axis, int from) -> resolve(x).slice(axis, from);
      case Op.Flip(int axis) -> resolve(x).flip(axis, node.shape().get(axis));
      case Op.Stop() -> resolve(x);
      case Op.Reshape() -> {
        var view = resolve(x).reshape(nodes.get(x).shape(), node.shape());
        if (view == null) {
          throw new IllegalStateException("lowering: a squeezing reshape expected, " + tape.describe(id) + " came");
        }
        yield view;
      }
      default -> stored(id);
    };
  }

  private DType loopType(int id) {
    return tape.type() == DType.F64 && nodes.get(id).type() == DType.I32 && integersOnly(id) ? DType.I32 : tape.type();
  }

  private boolean integersOnly(int id) {
    return nodes.get(id).type() == DType.I32
        && (values.containsKey(id) || nodes.get(id).operands().stream().allMatch(this::integersOnly));
  }

  // One method for each kind of anchor.

  private void reduce(int id, Node node, Ins.Fold fold, List<Integer> axes) {
    int x = node.operands().getFirst();
    var shape = nodes.get(x).shape();
    var view = buffers.padded(node.type(), node.shape(), Role.TEMP, "");
    var placed = place(x, shape, tape.type());
    var loop = placed.loop();
    var nest = (Part.Nest) parts.get(placed.spot().part());
    var position = placed.map();
    int number = number(loop, Phase.BODY, x, position);
    var kept = new ArrayList<Dim>();
    boolean acrossRows = false;
    for (int d = 0; d < position.size(); d++) {
      boolean folded = axes.contains(d);
      kept.add(folded ? Dim.ZERO : position.get(d));
      acrossRows |= folded && position.get(d).axis() == 0;
    }
    var target = acrossRows ? buffers.padded(node.type(), node.shape(), Role.TEMP, "") : view;
    int operand = loop.operand(place(node.type(), target, kept, loop, false));
    loop.emit(Phase.BODY, new Ins.Reduce(operand, number, fold));
    if (acrossRows) {
      parts.add(new Part.Combine(nest, target.buffer(), view, node.shape(), fold, 0));
      values.put(id, Value.stored(parts.size() - 1, view));
    } else {
      var value = new Value(placed.spot().part(), placed.spot().stage(), true, () -> view);
      value.view = view;
      values.put(id, value);
    }
  }

  private void concat(int id, Node node, int axis) {
    var view = buffers.padded(node.type(), node.shape(), Role.TEMP, "");
    int from = 0;
    for (int part : node.operands()) {
      int extent = nodes.get(part).shape().get(axis);
      if (nodes.get(part).shape().size() > 0) {
        store(part, view.slice(axis, from), false);
      }
      from += extent;
    }
    values.put(id, Value.stored(parts.size() - 1, view));
  }

  private void gather(int id, Node node) {
    int table = node.operands().get(0);
    int index = node.operands().get(1);
    var rows = resolve(table);
    resolve(index);
    var view = buffers.padded(node.type(), node.shape(), Role.TEMP, "");
    var loop = rowLoop(node.shape());
    int rank = nodes.get(index).shape().rank();
    var map = Dim.aligned(node.shape().append(1));
    var tail = new ArrayList<>(List.of(Dim.ZERO));
    tail.addAll(map.subList(rank, node.shape().rank()));
    int chosen = number(loop, Phase.BODY, index, map.subList(0, rank));
    var from = place(node.type(), rows, tail, loop, false);
    int operand = loop.operand(indexed(from, rows, nodes.get(table).shape().get(0), false));
    int loaded = loop.emit(Phase.BODY, new Ins.Load(operand, chosen));
    int to = loop.operand(place(node.type(), view, map.subList(0, node.shape().rank()), loop, false));
    loop.emit(Phase.BODY, new Ins.Store(to, loaded));
    values.put(id, Value.stored(parts.size() - 1, view));
  }

  private void scatter(int id, Node node) {
    int source = node.operands().get(0);
    int index = node.operands().get(1);
    resolve(source);
    resolve(index);
    var view = buffers.padded(node.type(), node.shape(), Role.TEMP, "");
    var fill = rowLoop(node.shape());
    var all = fill.operand(place(node.type(), view, Dim.aligned(node.shape()), fill, false));
    fill.emit(Phase.BODY, new Ins.Store(all, fill.constant(Phase.BODY, Kind.FLOAT, 0)));
    var shape = nodes.get(source).shape();
    var loop = rowLoop(shape);
    int rank = nodes.get(index).shape().rank();
    var map = Dim.aligned(shape);
    int value = number(loop, Phase.BODY, source, map);
    int chosen = number(loop, Phase.BODY, index, map.subList(0, rank));
    var tail = new ArrayList<>(List.of(Dim.ZERO));
    tail.addAll(map.subList(rank, shape.rank()));
    var to = place(node.type(), view, tail, loop, false);
    int operand = loop.operand(indexed(to, view, node.shape().get(0), false));
    loop.emit(Phase.BODY, new Ins.Scatter(operand, chosen, value));
    values.put(id, Value.stored(parts.size() - 1, view));
  }

  private static Place indexed(Place p, View rows, int count, boolean exact) {
    return new Place(p.type(), p.buffer(), p.offset(), p.strides(), rows.strides().getFirst(), count, exact, 1, p.pass());
  }

  /** A Loop of its own over a shape and a last axis of extent 1, so that no index lies along vectors. */
  private LoopBuilder rowLoop(Shape shape) {
    var nest = new Part.Nest(shape.append(1), true);
    parts.add(nest);
    return stage(nest, parts.size() - 1, tape.type());
  }

  private void matmul(int id, Node node, boolean ta, boolean tb) {
    int rank = node.shape().rank();
    var a = matrix(node.operands().get(0));
    var b = matrix(node.operands().get(1));
    int m = node.shape().get(-2);
    int n = node.shape().get(-1);
    int k = nodes.get(node.operands().get(0)).shape().get(ta ? -2 : -1);
    int batch = (int) node.shape().range(0, rank - 2).size();
    var view = matrices(node.type(), node.shape());
    int splits = batch == 1 ? splits(m, n, k) : 1;
    var c = view;
    var padded = Layout.padded(node.type(), node.shape());
    if (splits > 1) {
      c = new View(buffers.add(node.type(), padded.elements() * splits, Role.TEMP, ""), 0, view.strides(), true);
    }
    var to = leading(c, node.shape());
    var arg = arg(to, splits > 1 ? padded.elements() : 0, n);
    parts.add(
        new Part.Product(
            new Plan.Gemm(
                node.type(), a.flipped() != ta, b.flipped() != tb, batch, m, n, k, splits, a.arg(), b.arg(), arg)));
    if (splits > 1) {
      parts.add(new Part.Combine(new Part.Nest(node.shape(), false), c.buffer(), view, node.shape(), Ins.Fold.SUM, splits));
    }
    values.put(id, Value.stored(parts.size() - 1, view));
  }

  /** Parts of a long inner extent with a small result, so that several workers have work. */
  private static int splits(int m, int n, int k) {
    return (long) m * n <= 256 * 256 ? Math.clamp(k / 448, 1, 16) : 1;
  }

  private record Matrix(Plan.Arg arg, boolean flipped) {}

  private Matrix matrix(int id) {
    var shape = nodes.get(id).shape();
    var view = resolve(id);
    var flat = gemmReady(view, shape);
    if (flat == null) {
      var copy = matrices(nodes.get(id).type(), shape);
      store(id, copy, false);
      flat = new Flat(copy, leadingStride(copy, shape), false);
    }
    var v = flat.view();
    int r = shape.rank();
    int row = flat.flipped() ? r - 1 : r - 2;
    int columns = shape.get(flat.flipped() ? r - 2 : r - 1);
    var strides = List.of(flat.batch(), Math.max(v.strides().get(row), Math.max(1, columns)), 1L);
    return new Matrix(new Plan.Arg(v.buffer(), v.offset(), strides, 0, 0, 0, v.pass()), flat.flipped());
  }

  /** Room for matrices that lie at equal distances: without gaps where padded rows would not let them. */
  private View matrices(DType type, Shape shape) {
    var padded = Layout.padded(type, shape);
    var flat = new Shape(List.of((int) shape.range(0, shape.rank() - 2).size(), shape.get(-2), shape.get(-1)));
    if (new View(0, 0, padded.strides(), true).reshape(shape, flat) != null) {
      return buffers.padded(type, shape, Role.TEMP, "");
    }
    var layout = Layout.dense(type, shape);
    return new View(buffers.add(type, layout.elements(), Role.TEMP, ""), 0, layout.strides(), false);
  }

  private record Flat(View view, long batch, boolean flipped) {}

  private static @Nullable Flat gemmReady(View view, Shape shape) {
    int r = shape.rank();
    long column = view.strides().get(r - 1);
    long row = view.strides().get(r - 2);
    var batch = view.reshape(shape, new Shape(List.of((int) shape.range(0, r - 2).size(), shape.get(-2), shape.get(-1))));
    if (batch == null) {
      return null;
    }
    boolean unitColumn = column == 1 || shape.get(-1) == 1;
    boolean unitRow = row == 1 || shape.get(-2) == 1;
    if (unitColumn && (shape.get(-2) == 1 || row >= shape.get(-1))) {
      return new Flat(view, batch.strides().getFirst(), false);
    }
    if (unitRow && (shape.get(-1) == 1 || column >= shape.get(-2))) {
      return new Flat(view, batch.strides().getFirst(), true);
    }
    return null;
  }

  private static long leadingStride(View view, Shape shape) {
    var flat = view.reshape(shape, new Shape(List.of((int) shape.range(0, shape.rank() - 2).size(), shape.get(-2), shape.get(-1))));
    return flat == null ? 0 : flat.strides().getFirst();
  }

  private static View leading(View view, Shape shape) {
    return new View(
        view.buffer(),
        view.offset(),
        List.of(leadingStride(view, shape), view.strides().get(shape.rank() - 2), 1L),
        false,
        view.pass());
  }

  private static Plan.Arg arg(View view, long chunkStride, int columns) {
    var strides = List.of(view.strides().get(0), Math.max(view.strides().get(1), Math.max(1, columns)), 1L);
    return new Plan.Arg(view.buffer(), view.offset(), strides, 0, 0, chunkStride, view.pass());
  }

  private void outputs() {
    tape.outputs()
        .forEach(
            (name, tensor) ->
                store(tensor.id(), buffers.padded(tensor.type(), tensor.shape(), Role.OUTPUT, name), false));
  }

  private void assignments() {
    tape.assignments()
        .forEach(
            (path, tensor) -> {
              var declared = requireNonNull(tape.variables().get(path));
              if (!values.containsKey(declared.id())) {
                source(declared.id(), declared.type(), declared.shape(), Role.VARIABLE, path);
              }
              assign(tensor.id(), resolve(declared.id()));
            });
    copies();
  }

  /** A value that is to replace another, and where it is until then. */
  private record Pending(View temporary, View target, Spot spot, int value) {}

  /** Assigned values go to a place of their own first, and straight to the target where no later Loop reads it. */
  private void assign(int value, View target) {
    var node = nodes.get(value);
    var temporary = buffers.padded(node.type(), node.shape(), Role.TEMP, "");
    pending.add(new Pending(temporary, target, store(value, temporary, false), value));
  }

  private void copies() {
    pending.removeIf(
        p -> {
          boolean here = onlyHere(p.target(), p.temporary(), p.spot());
          if (here) {
            ((Part.Nest) parts.get(p.spot().part()))
                .stages.get(p.spot().stage()).redirect(p.temporary().buffer(), p.target().buffer());
          }
          return here;
        });
    for (var p : pending) {
      var shape = nodes.get(p.value()).shape();
      var type = nodes.get(p.value()).type();
      var nest = nest(p.value(), shape);
      var loop = new LoopBuilder(type == DType.I32 ? DType.I32 : tape.type(), nest.space.dims(), -1, false);
      var map = Dim.squeezed(shape);
      int read = loop.emit(Phase.BODY, new Ins.Load(loop.operand(place(type, p.temporary(), map, loop, false)), -1));
      loop.emit(Phase.BODY, new Ins.Store(loop.operand(place(type, p.target(), map, loop, false)), read));
      nest.stages.add(loop);
      parts.add(nest);
    }
  }

  /** Whether nothing after a spot reads a variable, and the spot itself only the element that it writes. */
  private boolean onlyHere(View variable, View written, Spot spot) {
    if (variable.buffer() == going) {
      return false;
    }
    for (int p = spot.part(); p < parts.size(); p++) {
      switch (parts.get(p)) {
        case Part.Nest nest -> {
          for (int s = 0; s < nest.stages.size(); s++) {
            var loop = nest.stages.get(s);
            boolean here = p == spot.part() && s == spot.stage();
            if (loop.read().contains(variable.buffer())
                && !(here && loop.alike(variable.buffer(), written.buffer()))) {
              return false;
            }
          }
        }
        case Part.Product(Plan.Gemm g) -> {
          if (g.a().buffer() == variable.buffer() || g.b().buffer() == variable.buffer()) {
            return false;
          }
        }
        case Part.Repeated(int _, int _, int _, List<Part> inner, int _, int _) -> {
          if (inner.stream().anyMatch(i -> touches(i, variable.buffer()))) {
            return false;
          }
        }
        case Part.Combine _ -> {}
      }
    }
    return true;
  }

  private static boolean touches(Part part, int buffer) {
    return switch (part) {
      case Part.Nest nest -> nest.stages.stream().anyMatch(s -> s.touches(buffer));
      case Part.Product(Plan.Gemm g) -> g.a().buffer() == buffer || g.b().buffer() == buffer;
      case Part.Repeated repeat -> repeat.parts().stream().anyMatch(p -> touches(p, buffer));
      case Part.Combine _ -> false;
    };
  }

  // Structured operations.

  /** Lowers the body on its own, over buffers that both know: what is carried is assigned at a pass's end. */
  private void repeat(int id, Node node, Op.Repeat loop) {
    var body = loop.body().expanded();
    var inner = new Lowering(body, buffers);
    var carried = new ArrayList<View>();
    for (int k = 0; k < node.operands().size(); k++) {
      int x = node.operands().get(k);
      var shape = nodes.get(x).shape();
      boolean sliced = k >= loop.carried() && k < loop.carried() + loop.sliced();
      var name = k < loop.carried() ? "c" + k : sliced ? "s" + (k - loop.carried()) : "w" + (k - loop.carried() - loop.sliced());
      View view;
      if (k < loop.carried()) {
        view = buffers.padded(nodes.get(x).type(), shape, Role.TEMP, "");
        store(x, view, false);
        carried.add(view);
      } else {
        view = sliced ? resolve(x).passing(loop.axis()) : resolve(x);
      }
      var input = body.inputs().get(name);
      if (input != null) {
        inner.values.put(input.id(), Value.stored(-1, view));
      }
    }
    var kept = new ArrayList<View>();
    while (body.outputs().get("y" + kept.size()) instanceof Tensor y) {
      kept.add(buffers.padded(y.type(), y.shape().with(loop.axis(), loop.max()), Role.TEMP, ""));
    }
    int from = buffers.size();
    inner.flags = loop.rows() ? nodes.get(node.operands().getFirst()).shape().get(0) : 0;
    inner.going = loop.rows() ? carried.getFirst().buffer() : -1;
    inner.turns();
    for (int k = 0; k < kept.size(); k++) {
      inner.store(output(body, "y" + k), kept.get(k).passing(loop.axis()), false);
    }
    for (int k = 0; k < carried.size(); k++) {
      inner.assign(output(body, "c" + k), carried.get(k));
    }
    inner.copies();
    parts.add(
        new Part.Repeated(loop.max(), Math.max(0, inner.going), inner.flags, inner.parts, from, buffers.size()));
    carried.addAll(kept);
    for (int n = id + 1; n < nodes.size(); n++) {
      if (nodes.get(n).op() instanceof Op.Result(int k) && nodes.get(n).operands().getFirst() == id) {
        values.put(n, Value.stored(parts.size() - 1, carried.get(k)));
      }
    }
  }

  private static int output(Tape body, String name) {
    return requireNonNull(body.outputs().get(name)).id();
  }

  /** Where a primitive's node stands: what it reads and how it writes its Loops. */
  public final class Site {
    private final int id;

    private Site(int id) {
      this.id = id;
    }

    /**
     * Opens a Loop over {@code space} that walks one axis.
     *
     * @param axis the walked axis, neither the first nor the last
     */
    public Walk walk(Shape space, int axis, boolean backward) {
      if (axis < 1 || axis > space.rank() - 2) {
        throw new IllegalArgumentException("walk: an inner axis of %s expected, %d came".formatted(space, axis));
      }
      return new Walk(id, space, axis, backward);
    }
  }

  /** A Loop with carried values, being written by a primitive. */
  public final class Walk {
    private final int id;
    private final Shape space;
    private final int axis;
    private final Part.Nest nest;
    private final LoopBuilder loop;
    private final List<Integer> carries = new ArrayList<>();
    private final List<Integer> results = new ArrayList<>();
    private @Nullable Steps steps;
    private final Map<Integer, View> lasts = new HashMap<>();
    private @Nullable Walk again;

    private Walk(int id, Shape space, int axis, boolean backward) {
      this.id = id;
      this.space = space;
      this.axis = axis;
      nest = new Part.Nest(space, true);
      nest.rows = inRows(id, space);
      loop = new LoopBuilder(tape.type(), space.dims(), axis, backward);
      nest.stages.add(loop);
      loop.at(parts.size(), 0);
      walks.put(parts.size(), this);
    }

    /** Declares a carried value that begins as an operand of the node; the operand has the space's rank. */
    public void carry(int operand) {
      int x = nodes.get(id).operands().get(operand);
      carries.add(loop.carry(number(loop, Phase.PRE, x, Dim.aligned(nodes.get(x).shape()))));
    }

    /** Writes the step, then opens the Loop to everything that reads its values at the same positions. */
    public void body(Steps body) {
      steps = body;
      var next = body.write(new Step(this, loop, Phase.BODY, carries));
      for (int k = 0; k < next.size(); k++) {
        loop.next(k, next.get(k));
      }
      parts.add(nest);
    }

    /**
     * Result {@code k} is carried value {@code carry} along the whole walk: one more position than the walk
     * has steps, the first of them (the last, backward) what it began with.
     */
    public void trajectory(int k, int carry) {
      int result = resultNode(k);
      results.add(result);
      var map = Dim.aligned(space);
      int early = loop.backward ? 1 : 0; // position of what a step starts from, relative to the step
      var from = new ArrayList<>(map);
      var to = new ArrayList<>(map);
      from.set(axis, Dim.along(axis).plus(early));
      to.set(axis, Dim.along(axis).plus(1 - early));
      loop.value(new Key(Phase.BODY, result, from), carries.get(carry));
      loop.value(new Key(Phase.BODY, result, to), loop.nextOf(carry));
      var value =
          new Value(
              parts.size() - 1,
              0,
              false,
              () -> {
                var shape = nodes.get(result).shape();
                var view = buffers.padded(tape.type(), shape, Role.TEMP, "");
                var first = new ArrayList<>(map);
                first.set(axis, new Dim(-1, 0, loop.backward ? space.get(axis) : 0));
                int x = nodes.get(id).operands().get(carry);
                int init = number(loop, Phase.PRE, x, Dim.aligned(nodes.get(x).shape()));
                loop.emit(Phase.PRE, new Ins.Store(loop.operand(place(tape.type(), view, first, loop, false)), init));
                loop.emit(
                    Phase.BODY,
                    new Ins.Store(loop.operand(place(tape.type(), view, to, loop, false)), loop.nextOf(carry)));
                return view;
              });
      value.replay = new Stretchable(this, carry);
      values.put(result, value);
    }

    /** Result {@code k} is carried value {@code carry} after each step, at the step's position. */
    public void steps(int k, int carry) {
      int result = resultNode(k);
      var map = Dim.aligned(space);
      loop.value(new Key(Phase.BODY, result, map), loop.nextOf(carry));
      var value =
          new Value(
              parts.size() - 1,
              0,
              false,
              () -> {
                var view = buffers.padded(tape.type(), space, Role.TEMP, "");
                loop.emit(
                    Phase.BODY,
                    new Ins.Store(loop.operand(place(tape.type(), view, map, loop, false)), loop.nextOf(carry)));
                return view;
              });
      values.put(result, value);
    }

    /** Result {@code k} is carried value {@code carry} when the walk has ended. */
    public void end(int k, int carry) {
      values.put(resultNode(k), Value.stored(parts.size() - 1, last(carry)));
    }

    /** Position of the last state in a trajectory. */
    private int end() {
      return loop.backward ? 0 : space.get(axis);
    }

    /** Where a carried value is kept when the walk has ended. */
    private View last(int carry) {
      return lasts.computeIfAbsent(
          carry,
          k -> {
            var shape = space.with(axis, 1);
            var view = buffers.padded(tape.type(), shape, Role.TEMP, "");
            int operand = loop.operand(place(tape.type(), view, Dim.aligned(shape), loop, false));
            loop.emit(Phase.POST, new Ins.Store(operand, loop.emit(Phase.POST, new Ins.Carry(k))));
            return view;
          });
    }

    /**
     * Lets a backward walk over the same space step again through this one: this walk stores its states at
     * the start of each stretch only, and the other reads what it passes.
     */
    private void again(Walk other) {
      if (again != null || loop.backward || !other.loop.backward || other.loop.replays() || !other.space.equals(space)) {
        return;
      }
      var checkpoints = new ArrayList<Integer>();
      var passing = new ArrayList<Integer>();
      var passed = new ArrayList<Integer>();
      var map = Dim.aligned(space);
      var starts = space.with(axis, Math.max(1, (space.get(axis) + STRETCH - 2) / STRETCH + 1));
      for (int k = 0; k < carries.size(); k++) {
        var view = buffers.padded(tape.type(), starts, Role.TEMP, "");
        var read = place(tape.type(), view, map, other.loop, false);
        var write = place(tape.type(), view, map, loop, false).stretched(STRETCH);
        loop.emit(Phase.BODY, new Ins.Store(loop.operand(write), carries.get(k)));
        checkpoints.add(other.loop.operand(read));
        passing.add(other.loop.emit(Phase.REPLAY, new Ins.Carry(k)));
        passed.add(other.loop.emit(Phase.BODY, new Ins.Replayed(k)));
      }
      again = other;
      var steps = requireNonNull(this.steps);
      other.loop.replay(STRETCH, checkpoints, steps.write(new Step(this, other.loop, Phase.REPLAY, passing)));
      var reached = steps.write(new Step(this, other.loop, Phase.BODY, passed));
      var after = new ArrayList<>(map);
      after.set(axis, Dim.along(axis).plus(1));
      for (int k = 0; k < results.size(); k++) {
        other.loop.value(new Key(Phase.BODY, results.get(k), map), passed.get(k));
        other.loop.value(new Key(Phase.BODY, results.get(k), after), reached.get(k));
      }
    }

    private int resultNode(int k) {
      for (int n = id + 1; n < nodes.size(); n++) {
        if (nodes.get(n).op() instanceof Op.Result(int r) && r == k && nodes.get(n).operands().getFirst() == id) {
          return n;
        }
      }
      throw new IllegalStateException("lowering: result " + k + " of a call is not on the tape");
    }
  }

  /** Writes one step of a walk: the next values of the carries. */
  @FunctionalInterface
  public interface Steps {
    List<Integer> write(Step step);
  }

  /** One step being written; values are numbers of the Loop's instructions. */
  public final class Step {
    private final Walk walk;
    private final LoopBuilder loop;
    private final Phase phase;
    private final List<Integer> carries;

    private Step(Walk walk, LoopBuilder loop, Phase phase, List<Integer> carries) {
      this.walk = walk;
      this.loop = loop;
      this.phase = phase;
      this.carries = carries;
    }

    /** Carried value {@code k} before the step. */
    public int carried(int k) {
      return carries.get(k);
    }

    /** An operand of the node at the present position; it has the space's rank. */
    public int operand(int k) {
      int x = nodes.get(walk.id).operands().get(k);
      return number(loop, phase, x, Dim.aligned(nodes.get(x).shape()));
    }

    /** A tensor of another tape, all of whose operations are pointwise, with its inputs' numbers given by name. */
    public int inline(Tape body, int node, java.util.function.ToIntFunction<String> inputs) {
      return new Inline(body, loop, phase, inputs).number(node);
    }
  }

  /** Another tape's pointwise expression, written at the present position. */
  private record Inline(
      Tape body,
      LoopBuilder loop,
      Phase phase,
      java.util.function.ToIntFunction<String> inputs,
      Map<Integer, Integer> known) {
    Inline(Tape body, LoopBuilder loop, Phase phase, java.util.function.ToIntFunction<String> inputs) {
      this(body, loop, phase, inputs, new HashMap<>());
    }

    int number(int id) {
      var before = known.get(id);
      if (before != null) {
        return before;
      }
      var node = body.node(id);
      int number =
          switch (node.op()) {
            case Op.Input(String name) -> inputs.applyAsInt(name);
            case Op.Constant(double value) ->
                loop.constant(phase, node.type() == DType.I32 ? Kind.INT : Kind.FLOAT, value);
            case Op.Point(Pointwise row) ->
                loop.point(phase, row, node.type(), node.operands().stream().map(this::number).toList());
            case Op.Broadcast(), Op.Reshape(), Op.Stop() -> number(node.operands().getFirst());
            default -> throw new IllegalStateException("lowering: a pointwise step expected, " + node.op() + " came");
          };
      known.put(id, number);
      return number;
    }
  }
}
