package dev.runnel.autodiff.kernel;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import dev.runnel.autodiff.kernel.Plan.Role;
import dev.runnel.autodiff.memory.Layout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts nodes into memory, and finds where they lie there. */
final class Storage {
  private final Draft draft;
  private final Expressions expressions;
  private final Placement placement;
  private final Map<Integer, Value> dense = new HashMap<>();

  Storage(Expressions expressions, Placement placement) {
    draft = expressions.draft();
    this.expressions = expressions;
    this.placement = placement;
  }

  /** A node's place in memory, through views; what is nowhere in memory is put there. */
  View resolve(int id) {
    var value = draft.values.get(id);
    if (value != null) {
      return value.view();
    }
    var node = draft.node(id);
    int x = node.operands().isEmpty() ? -1 : node.operands().getFirst();
    return switch (node.op()) {
      case Op.Broadcast() -> resolve(x).broadcast(draft.shape(x), node.shape());
      case Op.Transpose(List<Integer> order) -> resolve(x).transpose(order);
      case Op.Slice(int axis, int from) -> resolve(x).slice(axis, from);
      case Op.Flip(int axis) -> resolve(x).flip(axis, node.shape().get(axis));
      case Op.Stop() -> resolve(x);
      case Op.Reshape() -> requireNonNull(resolve(x).reshape(draft.shape(x), node.shape()));
      default -> {
        var view = draft.buffers.temporary(node.type(), node.shape());
        draft.values.put(id, Value.stored(store(id, view).spot, view));
        yield view;
      }
    };
  }

  /** Writes a node's value to a view, in the Loop that this gives. */
  LoopBuilder store(int id, View view) {
    var node = draft.node(id);
    var type = draft.tape.type() == DType.F64 && integersOnly(id) ? DType.I32 : draft.tape.type();
    var placed = placement.place(id, node.shape(), type);
    var loop = placed.loop();
    int number = expressions.number(loop, Phase.BODY, id, placed.map());
    var place = loop.place(node.type(), view, placed.map());
    loop.store(Phase.BODY, view.sole() ? place : place.exactly(), number);
    return loop;
  }

  private boolean integersOnly(int id) {
    var node = draft.node(id);
    return node.type() == DType.I32
        && (draft.values.containsKey(id) || node.operands().stream().allMatch(this::integersOnly));
  }

  /** A reshape that moves elements between axes: a view where strides can say it, else of a copy without gaps. */
  Value reshaped(int id) {
    var node = draft.node(id);
    int x = node.operands().getFirst();
    var view = resolve(x).reshape(draft.shape(x), node.shape());
    if (view != null) {
      return Value.stored(placed(x).spot.part(), view);
    }
    var copy = dense.computeIfAbsent(x, this::copied);
    return Value.stored(copy.spot.part(), requireNonNull(copy.view().reshape(draft.shape(x), node.shape())));
  }

  /** The value that a node is a view of. */
  private Value placed(int id) {
    var value = draft.values.get(id);
    return value == null ? placed(draft.node(id).operands().getFirst()) : value;
  }

  private Value copied(int id) {
    var type = draft.node(id).type();
    var layout = Layout.dense(type, draft.shape(id));
    var view = new View(draft.buffers.add(type, layout.elements(), Role.TEMP, ""), 0, layout.strides(), false);
    return Value.stored(store(id, view).spot.part(), view);
  }
}
