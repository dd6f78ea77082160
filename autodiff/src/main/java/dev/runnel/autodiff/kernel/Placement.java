package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.kernel.LoopBuilder.Key;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the Loops that are to compute anchors. */
record Placement(Draft draft) {
  /** Instructions that one Loop may grow to by joining. */
  private static final int FULL = 260;

  /** Operands that one Loop may come to by joining: a compiler's time grows with the square of them. */
  private static final int MANY = 20;

  /** A Loop to write to, and how a tensor of the placed shape lies along its axes. */
  record Placed(LoopBuilder loop, List<Dim> map) {}

  /** Finds or makes the Loop over {@code shape} that is to compute a node. */
  Placed place(int id, Shape shape, DType type) {
    var walked = joined(id, shape, type, true);
    if (walked != null) {
      return walked;
    }
    var joined = joined(id, shape, type, false);
    if (joined != null) {
      return joined;
    }
    var map = Dim.squeezed(shape);
    var leaves = leaves(id, map);
    var fed =
        leaves.entrySet().stream()
            .filter(e -> e.getValue().inMemory() && e.getKey().map().stream().anyMatch(d -> d.axis() >= 0))
            .map(e -> e.getValue().view().buffer())
            .collect(Collectors.toSet());
    int least = least(leaves, shape, false).part();
    for (int p = draft.parts.size() - 1; p > least; p--) {
      if (draft.parts.get(p) instanceof Part.Nest nest
          && over(nest, shape, false)
          && nest.rows == draft.inRows(id, shape)
          && nest.last().type == type
          && nest.last().cost() + cost(id) <= FULL
          && nest.last().places().size() + leaves.size() <= MANY
          && fed.stream().anyMatch(nest.last()::touches)) {
        return new Placed(nest.last(), map);
      }
    }
    return new Placed(draft.loop(id, shape, type), map);
  }

  private int cost(int id) {
    return Math.max(1, draft.survey.cost(id));
  }

  /** The Loop that computes what the node reads, if the node may join it. */
  @Nullable Placed joined(int id, Shape shape, DType type, boolean walks) {
    var map = walks ? Dim.aligned(shape) : Dim.squeezed(shape);
    var least = least(leaves(id, map), shape, walks);
    var nest = least.part() < 0 ? null : nest(least.part(), shape, walks);
    if (nest == null || nest.last().type != type || nest.rows != draft.inRows(id, shape)) {
      return null;
    }
    if (least.stage() == nest.stages.size()) {
      if (walks) {
        return null;
      }
      draft.stage(least.part(), type);
    }
    var loop = nest.stages.get(least.stage());
    boolean room = loop.cost() + (walks ? 0 : cost(id)) <= FULL && loop.places().size() <= (walks ? 2 * MANY : MANY);
    return room ? new Placed(loop, map) : null;
  }

  /** A part, if it is a nest over this space. */
  private Part.@Nullable Nest nest(int part, Shape shape, boolean walks) {
    return part < draft.parts.size() && draft.parts.get(part) instanceof Part.Nest nest && over(nest, shape, walks)
        ? nest
        : null;
  }

  private static boolean over(Part.Nest nest, Shape shape, boolean walks) {
    return nest.walks == walks && nest.space.dims().equals(walks ? shape.dims() : Dim.space(shape));
  }

  /** What a node's expression reads from memory or from Loops, and at which positions. */
  Map<Key, Value> leaves(int id, List<Dim> map) {
    var leaves = new HashMap<Key, Value>();
    leaves(new Key(Phase.BODY, id, map), leaves, new HashSet<>());
    return leaves;
  }

  private void leaves(Key key, Map<Key, Value> found, Set<Key> seen) {
    if (!seen.add(key)) {
      return;
    }
    var value = draft.values.get(key.node());
    if (value != null) {
      found.put(key, value);
      return;
    }
    var node = draft.node(key.node());
    for (int o : node.operands()) {
      leaves(new Key(Phase.BODY, o, Dim.ofOperand(node, draft.shape(o), key.map())), found, seen);
    }
  }

  /** The earliest spot at which all leaves can be read by a Loop over this space. */
  private Spot least(Map<Key, Value> leaves, Shape shape, boolean walks) {
    var least = Spot.START;
    for (var leaf : leaves.entrySet()) {
      var spot = needs(leaf.getKey(), leaf.getValue(), shape, walks);
      least = spot.compareTo(least) > 0 ? spot : least;
    }
    return least;
  }

  private Spot needs(Key leaf, Value value, Shape shape, boolean walks) {
    int part = value.spot.part();
    if (part < 0) {
      return Spot.START;
    }
    var passed = walks ? value.passed() : null;
    var again = passed == null ? null : passed.walk().steppedAgain(shape, leaf);
    if (again != null) {
      return again;
    }
    var after = new Spot(part + 1, 0);
    var nest = value.spot.stage() < 0 ? null : nest(part, shape, walks);
    if (nest == null) {
      return after;
    }
    if (value.afterStage) {
      return rowsAgree(leaf.map()) ? new Spot(part, value.spot.stage() + 1) : after;
    }
    return nest.stages.get(value.spot.stage()).value(leaf) != null ? value.spot : after;
  }

  /** Whether a leaf is read on axis 0 where its own first long axis lies, so that a tile has what it reads. */
  private static boolean rowsAgree(List<Dim> map) {
    return map.stream().filter(d -> d.axis() >= 0).findFirst().equals(Optional.of(Dim.along(0)));
  }
}
