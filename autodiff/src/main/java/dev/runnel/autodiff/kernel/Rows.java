package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import java.util.ArrayList;
import java.util.List;

/** Rows that an index chooses: each its own Loop, over what its operands and its result are in memory. */
record Rows(Draft draft, Expressions expressions, Storage storage) {

  /** Rows of the first operand. */
  Value gathered(Node node) {
    int table = node.operands().get(0);
    int index = node.operands().get(1);
    var rows = storage.resolve(table);
    storage.resolve(index);
    var view = draft.buffers.temporary(node.type(), node.shape());
    var loop = draft.rows(node.shape());
    int rank = draft.shape(index).rank();
    var map = Dim.aligned(node.shape());
    int chosen = expressions.number(loop, Phase.BODY, index, map.subList(0, rank));
    var from = loop.place(node.type(), rows, row(map, rank));
    int operand = loop.operand(from.indexed(rows.strides().getFirst(), draft.shape(table).get(0)));
    int loaded = loop.emit(Phase.BODY, new Ins.Load(operand, chosen));
    loop.store(Phase.BODY, loop.place(node.type(), view, map), loaded);
    return Value.stored(loop.spot.part(), view);
  }

  /** The first operand's rows, added to rows of zeros. */
  Value scattered(Node node) {
    int source = node.operands().get(0);
    int index = node.operands().get(1);
    storage.resolve(source);
    storage.resolve(index);
    var view = draft.buffers.temporary(node.type(), node.shape());
    var fill = draft.rows(node.shape());
    int zero = fill.constant(Phase.BODY, Kind.FLOAT, 0);
    fill.store(Phase.BODY, fill.place(node.type(), view, Dim.aligned(node.shape())), zero);
    var loop = draft.rows(draft.shape(source));
    int rank = draft.shape(index).rank();
    var map = Dim.aligned(draft.shape(source));
    int value = expressions.number(loop, Phase.BODY, source, map);
    int chosen = expressions.number(loop, Phase.BODY, index, map.subList(0, rank));
    var to = loop.place(node.type(), view, row(map, rank));
    int operand = loop.operand(to.indexed(view.strides().getFirst(), node.shape().get(0)));
    loop.emit(Phase.BODY, new Ins.Scatter(operand, chosen, value));
    return Value.stored(loop.spot.part(), view);
  }

  /** Positions within a row, where the index takes the first {@code rank} axes. */
  private static List<Dim> row(List<Dim> map, int rank) {
    var row = new ArrayList<>(map.subList(rank, map.size()));
    row.addFirst(Dim.ZERO);
    return row;
  }
}
