package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.kernel.LoopBuilder.Key;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the values of nodes into Loops: loads of what is in memory, instructions for all else. */
record Expressions(Draft draft) {

  /** The number of a node's value at a position of a Loop, written there if need be. */
  int number(LoopBuilder loop, Phase phase, int id, List<Dim> map) {
    var key = new Key(phase, id, map);
    var known = loop.value(key);
    if (known != null) {
      return known;
    }
    var again = steppedAgain(loop, key);
    int number = again == null ? written(loop, phase, id, map) : again;
    loop.value(key, number);
    if (phase == Phase.BODY && draft.survey.shared(id) && loop.walk < 0 && !draft.values.containsKey(id)) {
      share(loop, id, map, number);
    }
    return number;
  }

  /** Lets later Loops read a dear value from the Loop that computes it first. */
  private void share(LoopBuilder loop, int id, List<Dim> map, int number) {
    var node = draft.node(id);
    if (map.equals(Dim.squeezed(node.shape())) && loop.extents.equals(Dim.space(node.shape()))) {
      draft.values.put(
          id,
          Value.computed(
              loop.spot,
              null,
              () -> {
                var view = draft.buffers.temporary(node.type(), node.shape());
                loop.store(Phase.BODY, loop.place(node.type(), view, map), number);
                return view;
              }));
    }
  }

  private int written(LoopBuilder loop, Phase phase, int id, List<Dim> map) {
    var node = draft.node(id);
    var value = draft.values.get(id);
    if (value != null) {
      return loop.load(phase, loop.place(node.type(), value.view(), map));
    }
    return switch (node.op()) {
      case Op.Constant(double c) -> loop.constant(phase, node.type() == DType.I32 ? Kind.INT : Kind.FLOAT, c);
      case Op.Iota(int axis) -> iota(loop, phase, map.get(axis));
      case Op.Point(Pointwise row) -> {
        var x = node.operands().stream().map(o -> number(loop, phase, o, map)).toList();
        yield loop.point(phase, row, node.type(), x);
      }
      case Op.Broadcast(), Op.Reshape(), Op.Transpose(_), Op.Slice(_, _), Op.Flip(_), Op.Stop() -> {
        int x = node.operands().getFirst();
        yield number(loop, phase, x, Dim.ofOperand(node, draft.shape(x), map));
      }
      default ->
          throw new IllegalStateException("lowering: a placed node expected, " + draft.tape.describe(id) + " came");
    };
  }

  /** The number of states that a backward walk can compute again, rather than have them kept. */
  private @Nullable Integer steppedAgain(LoopBuilder loop, Key key) {
    var value = draft.values.get(key.node());
    var states = value == null ? null : value.passed();
    if (states == null) {
      return null;
    }
    var source = states.walk();
    var dim = key.map().get(source.axis);
    if (dim.axis() < 0 && dim.offset() == source.end()) {
      var last = new ArrayList<>(key.map());
      last.set(source.axis, Dim.ZERO);
      return loop.load(key.phase(), loop.place(draft.tape.type(), source.last(states.carry()), last));
    }
    if (key.phase() == Phase.BODY) {
      draft.walks.stream().filter(w -> w.loop == loop).forEach(source::stepAgainIn);
    }
    return loop.value(key);
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
}
