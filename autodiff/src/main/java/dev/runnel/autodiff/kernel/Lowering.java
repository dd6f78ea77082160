package dev.runnel.autodiff.kernel;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import dev.runnel.autodiff.kernel.Plan.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

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
  private final Draft draft;
  private final Expressions expressions;
  private final Placement placement;
  private final Storage storage;
  private final Set<Integer> waiting = new TreeSet<>();

  /** Of a tape whose inputs are yet to be bound, into buffers that may be another's too. */
  Lowering(Tape tape, Buffers buffers) {
    draft = new Draft(tape, buffers);
    expressions = new Expressions(draft);
    placement = new Placement(draft);
    storage = new Storage(expressions, placement);
  }

  /** Lowers what the tape's outputs and assignments need. */
  public static Plan lower(Tape tape) {
    return lower(tape, false);
  }

  /** @param ownMaths for a backend with {@link Backend#ownMaths} */
  static Plan lower(Tape tape, boolean ownMaths) {
    var buffers = new Buffers(ownMaths);
    var expanded = tape.expanded();
    var lowering = new Lowering(expanded, buffers);
    expanded.inputs().forEach((name, x) -> lowering.bind(x.id(), lowering.room(x.id(), Role.INPUT, name)));
    lowering.anchors();
    expanded.outputs().forEach((name, y) -> lowering.storage.store(y.id(), lowering.room(y.id(), Role.OUTPUT, name)));
    lowering.assignments();
    return new Assembly(buffers).plan(lowering.draft.parts);
  }

  /** Says where an input or a variable is when the parts begin. */
  void bind(int id, View view) {
    draft.values.put(id, Value.stored(-1, view));
  }

  private View room(int id, Role role, String name) {
    return draft.buffers.padded(draft.node(id).type(), draft.shape(id), role, name);
  }

  /** Places everything that must be stored. */
  void anchors() {
    for (int id = 0; id < draft.tape.nodes().size(); id++) {
      if (draft.survey.live(id)) {
        turn(id);
      }
    }
    catchUp();
  }

  private void assignments() {
    var assignments = new Assignments(draft, storage);
    draft.tape.assignments().forEach((path, value) -> {
      int variable = requireNonNull(draft.tape.variables().get(path)).id();
      if (!draft.values.containsKey(variable)) {
        bind(variable, room(variable, Role.VARIABLE, path));
      }
      assignments.add(value.id(), storage.resolve(variable));
    });
    assignments.finish();
  }

  /** Visits a node, or puts it off until the walk that will step through the states it reads is there. */
  private void turn(int id) {
    var node = draft.node(id);
    boolean waits = node.operands().stream().anyMatch(waiting::contains);
    if (node.op() instanceof Op.Call) {
      if (waits) {
        catchUp();
      }
      visit(id);
      if (!waiting.isEmpty()) {
        stepAgainIn(id);
      }
      catchUp();
    } else if (waits || (node.op() instanceof Op.Reduce && readsPassedStates(id, node.operands().getFirst()))) {
      waiting.add(id);
    } else {
      visit(id);
    }
  }

  /** Has a call's walk step again through the states that its operands are slices of. */
  private void stepAgainIn(int call) {
    for (int operand : draft.node(call).operands()) {
      var value = draft.values.get(whole(operand));
      var states = value == null ? null : value.passed();
      if (states != null) {
        draft.walks.stream().filter(w -> w.call == call).forEach(states.walk()::stepAgainIn);
      }
    }
  }

  private void catchUp() {
    var late = List.copyOf(waiting);
    waiting.clear();
    late.forEach(this::visit);
  }

  /** Whether a reduction needs states that are not kept, and that a call still to come steps through again. */
  private boolean readsPassedStates(int reduction, int x) {
    var shape = draft.shape(x);
    return placement.leaves(x, Dim.aligned(shape)).entrySet().stream()
        .anyMatch(
            leaf ->
                leaf.getValue().passed() != null
                    && placement.joined(x, shape, draft.tape.type(), true) == null
                    && calledLater(reduction, leaf.getKey().node()));
  }

  /** Whether a slice of a tensor is an operand of a call to come. */
  private boolean calledLater(int after, int tensor) {
    for (int id = after + 1; id < draft.tape.nodes().size(); id++) {
      if (draft.survey.live(id)
          && draft.node(id).op() instanceof Op.Call
          && draft.node(id).operands().stream().anyMatch(o -> o != tensor && whole(o) == tensor)) {
        return true;
      }
    }
    return false;
  }

  /** What a node is a slice of, or else the node. */
  private int whole(int id) {
    return draft.node(id).op() instanceof Op.Slice ? draft.node(id).operands().getFirst() : id;
  }

  private void visit(int id) {
    var node = draft.node(id);
    switch (node.op()) {
      case Op.Variable(String path) -> bind(id, room(id, Role.VARIABLE, path));
      case Op.Point(_), Op.Constant(_), Op.Iota(_) -> {
        if (draft.survey.anchored(id)) {
          storage.resolve(id);
        }
      }
      case Op.Reduce(Ins.Fold fold, List<Integer> axes) -> place(id, reduced(node, fold, axes));
      case Op.Concat(int axis) -> place(id, joined(node, axis));
      case Op.MatMul(boolean ta, boolean tb) -> place(id, new Products(draft, storage).product(node, ta, tb));
      case Op.Gather() -> place(id, new Rows(draft, expressions, storage).gathered(node));
      case Op.ScatterAdd() -> place(id, new Rows(draft, expressions, storage).scattered(node));
      case Op.Call(Primitive primitive) -> primitive.lower(new Site(expressions, id));
      case Op.Repeat repeat -> repeated(id, repeat);
      case Op.Reshape() -> {
        if (!draft.survey.squeezes(node)) {
          place(id, storage.reshaped(id));
        }
      }
      case Op.Input(_), Op.Broadcast(), Op.Transpose(_), Op.Slice(_, _), Op.Flip(_), Op.Stop(), Op.Result(_) -> {}
    }
  }

  private void place(int id, Value value) {
    draft.values.put(id, value);
  }

  private Value reduced(Node node, Ins.Fold fold, List<Integer> axes) {
    int x = node.operands().getFirst();
    var view = draft.buffers.temporary(node.type(), node.shape());
    var placed = placement.place(x, draft.shape(x), draft.tape.type());
    var loop = placed.loop();
    int number = expressions.number(loop, Phase.BODY, x, placed.map());
    var kept = new ArrayList<>(placed.map());
    axes.forEach(a -> kept.set(a, Dim.ZERO));
    boolean acrossRows = axes.stream().anyMatch(a -> placed.map().get(a).axis() == 0);
    var target = acrossRows ? draft.buffers.temporary(node.type(), node.shape()) : view;
    int operand = loop.operand(loop.place(node.type(), target, kept));
    loop.emit(Phase.BODY, new Ins.Reduce(operand, number, fold));
    if (!acrossRows) {
      return Value.folded(loop.spot, view);
    }
    var nest = (Part.Nest) draft.parts.get(loop.spot.part());
    draft.parts.add(new Part.Combine(nest, target.buffer(), view, node.shape(), fold, 0));
    return Value.stored(draft.parts.size() - 1, view);
  }

  private Value joined(Node node, int axis) {
    var view = draft.buffers.temporary(node.type(), node.shape());
    int from = 0;
    for (int part : node.operands()) {
      if (draft.shape(part).size() > 0) {
        storage.store(part, view.slice(axis, from));
      }
      from += draft.shape(part).get(axis);
    }
    return Value.stored(draft.parts.size() - 1, view);
  }

  /**
   * Lowers a repeat's body on its own, into buffers that both know. What is carried has a buffer, in which a pass
   * finds it, and is assigned when the pass ends.
   */
  private void repeated(int id, Op.Repeat repeat) {
    var operands = draft.node(id).operands();
    var body = repeat.body().expanded();
    var inner = new Lowering(body, draft.buffers);
    var results = new ArrayList<View>();
    for (int k = 0; k < operands.size(); k++) {
      int x = operands.get(k);
      int sliced = k - repeat.carried();
      int whole = sliced - repeat.sliced();
      View view;
      if (sliced < 0) {
        view = draft.buffers.temporary(draft.node(x).type(), draft.shape(x));
        storage.store(x, view);
        results.add(view);
      } else {
        view = whole < 0 ? storage.resolve(x).passing(repeat.axis()) : storage.resolve(x);
      }
      var input = body.inputs().get(sliced < 0 ? "c" + k : whole < 0 ? "s" + sliced : "w" + whole);
      if (input != null) {
        inner.bind(input.id(), view);
      }
    }
    var kept = new ArrayList<View>();
    for (int k = 0; k < body.outputs().size() - repeat.carried(); k++) {
      var y = output(body, "y" + k);
      kept.add(draft.buffers.temporary(y.type(), y.shape().with(repeat.axis(), repeat.max())));
    }
    int from = draft.buffers.size();
    if (repeat.rows()) {
      inner.draft.flags = draft.shape(operands.getFirst()).get(0);
      inner.draft.going = results.getFirst().buffer();
    }
    inner.anchors();
    for (int k = 0; k < kept.size(); k++) {
      inner.storage.store(output(body, "y" + k).id(), kept.get(k).passing(repeat.axis()));
    }
    var assignments = new Assignments(inner.draft, inner.storage);
    for (int k = 0; k < repeat.carried(); k++) {
      assignments.add(output(body, "c" + k).id(), results.get(k));
    }
    assignments.finish();
    draft.parts.add(
        new Part.Repeated(
            repeat.max(), inner.draft.going, inner.draft.flags, inner.draft.parts, from, draft.buffers.size()));
    results.addAll(kept);
    for (int k = 0; k < results.size(); k++) {
      place(id + 1 + k, Value.stored(draft.parts.size() - 1, results.get(k)));
    }
  }

  private static Tensor output(Tape body, String name) {
    return requireNonNull(body.outputs().get(name));
  }
}
