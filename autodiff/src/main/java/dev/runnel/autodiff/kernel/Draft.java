package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The plan being made of one tape: its parts so far, and where the values of its nodes can be had. */
final class Draft {
  final Tape tape;
  final Survey survey;
  final Buffers buffers;
  final List<Part> parts = new ArrayList<>();
  final Map<Integer, Value> values = new HashMap<>();
  final List<Walk> walks = new ArrayList<>();

  /** In a repeat's body: how many rows it has that may stop, 0 for none, and the buffer of their flags. */
  int flags;

  int going = -1;

  Draft(Tape tape, Buffers buffers) {
    this.tape = tape;
    this.buffers = buffers;
    survey = new Survey(tape);
  }

  Node node(int id) {
    return tape.node(id);
  }

  Shape shape(int id) {
    return node(id).shape();
  }

  /** Whether the first axis of a space in which a node is computed is made of rows that may have stopped. */
  boolean inRows(int id, Shape space) {
    return flags > 0 && survey.carried(id) && space.rank() > 1 && space.get(0) > 1 && space.get(0) % flags == 0;
  }

  /** A nest of its own for a Loop over the long axes of a node's shape. */
  LoopBuilder loop(int id, Shape shape, DType type) {
    return stage(nest(new Shape(Dim.space(shape)), false, inRows(id, shape)), type, -1, false);
  }

  /** A nest of its own for a Loop over a shape and a last axis of extent 1, so that no index lies along vectors. */
  LoopBuilder rows(Shape shape) {
    return stage(nest(shape.append(1), true, false), tape.type(), -1, false);
  }

  /** A nest of its own for a Loop over a space that walks one axis. */
  LoopBuilder walk(int id, Shape space, int axis, boolean backward) {
    return stage(nest(space, true, inRows(id, space)), tape.type(), axis, backward);
  }

  /** A further Loop of a nest. */
  LoopBuilder stage(int part, DType type) {
    return stage(part, type, -1, false);
  }

  private int nest(Shape space, boolean walks, boolean rows) {
    parts.add(new Part.Nest(space, walks, rows));
    return parts.size() - 1;
  }

  private LoopBuilder stage(int part, DType type, int walk, boolean backward) {
    var nest = (Part.Nest) parts.get(part);
    var spot = new Spot(part, nest.stages.size());
    var loop = new LoopBuilder(spot, type, nest.space.dims(), walk, backward, buffers.ownMaths);
    nest.stages.add(loop);
    return loop;
  }
}
