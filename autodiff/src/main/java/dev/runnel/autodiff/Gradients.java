package dev.runnel.autodiff;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.kernel.Ins.Fold;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reverse and forward mode: both append to the tape what they differentiate. */
final class Gradients {
  private final Tape tape;
  private final Map<Integer, Tensor> cotangents = new HashMap<>();
  private final Map<Integer, @Nullable Tensor[]> ofResults = new HashMap<>();

  private Gradients(Tape tape) {
    this.tape = tape;
  }

  static List<Tensor> reverse(Tape tape, List<Tensor> ys, List<Tensor> given, List<Tensor> wrt) {
    var pass = new Gradients(tape);
    int last = -1;
    for (int i = 0; i < ys.size(); i++) {
      pass.add(ys.get(i).id(), tape.broadcast(given.get(i), ys.get(i).shape()));
      last = Math.max(last, ys.get(i).id());
    }
    boolean[] useful = new boolean[last + 1];
    for (var x : wrt) {
      if (x.id() <= last) {
        useful[x.id()] = true;
      }
    }
    for (int id = 0; id <= last; id++) {
      for (int operand : tape.node(id).operands()) {
        useful[id] |= useful[operand];
      }
    }
    for (int id = last; id >= 0; id--) {
      if (useful[id]) {
        pass.visit(id, useful);
      }
    }
    return wrt.stream().map(x -> pass.cotangents.getOrDefault(x.id(), x.zero())).toList();
  }

  private void visit(int id, boolean[] useful) {
    var node = tape.node(id);
    if (node.op() instanceof Op.Call(Primitive primitive)) {
      var g = ofResults.get(id);
      if (g != null) {
        visitCall(node, primitive, g);
      }
      return;
    }
    var g = cotangents.get(id);
    if (g == null) {
      return;
    }
    var x = node.operands().stream().map(tape::tensor).toArray(Tensor[]::new);
    var y = tape.tensor(id);
    switch (node.op()) {
      case Op.Point(Pointwise row) -> {
        for (int i = 0; i < x.length; i++) {
          if (useful[x[i].id()]) {
            int operand = i;
            add(x[i].id(), within(g, v -> row.slope(operand, x, y, v)));
          }
        }
      }
      case Op.Result(int k) -> {
        if (tape.node(x[0].id()).op() instanceof Op.Repeat) {
          throw new IllegalArgumentException("gradients: operations with a slope expected, a repeat came; wrap it in a"
              + " Primitive that has a pullback, or stop the gradient behind it");
        }
        var results = tape.node(x[0].id()).op() instanceof Op.Call(Primitive p) ? p.results(specs(x[0].id())).size() : 0;
        ofResults.computeIfAbsent(x[0].id(), c -> new @Nullable Tensor[results])[k] = g;
      }
      case Op.Broadcast() -> add(x[0].id(), g.sumTo(x[0].shape()));
      case Op.Reshape() -> add(x[0].id(), g.reshape(x[0].shape()));
      case Op.Transpose(List<Integer> order) ->
          add(x[0].id(), g.transpose(IntStream.range(0, order.size()).map(order::indexOf).toArray()));
      case Op.Slice(int axis, int from) -> add(x[0].id(), padded(g, x[0].shape(), axis, from));
      case Op.Flip(int axis) -> add(x[0].id(), g.flip(axis));
      case Op.Concat(int axis) -> {
        int from = 0;
        for (var part : x) {
          int to = from + part.shape().get(axis);
          add(part.id(), g.slice(axis, from, to));
          from = to;
        }
      }
      case Op.Reduce(Fold fold, List<Integer> axes) -> add(x[0].id(), unfold(fold, axes, x[0], y, g));
      case Op.MatMul(boolean ta, boolean tb) -> {
        if (useful[x[0].id()]) {
          add(x[0].id(), ta ? tape.matmul(x[1], tb, g, true) : tape.matmul(g, false, x[1], !tb));
        }
        if (useful[x[1].id()]) {
          add(x[1].id(), tb ? tape.matmul(g, true, x[0], ta) : tape.matmul(x[0], !ta, g, false));
        }
      }
      case Op.Gather() -> add(x[0].id(), tape.scatterAdd(g, x[1], x[0].shape().get(0)));
      case Op.ScatterAdd() -> add(x[0].id(), g.gather(x[1]));
      case Op.Stop(), Op.Input(_), Op.Variable(_), Op.Constant(_), Op.Iota(_), Op.Call(_), Op.Repeat _ -> {}
    }
  }

  private void visitCall(Node node, Primitive primitive, @Nullable Tensor[] g) {
    var operands = node.operands().stream().map(tape::tensor).toList();
    var results = tape.call(primitive, operands);
    var given = new ArrayList<@Nullable Tensor>(java.util.Arrays.asList(g));
    var back = primitive.pullback(operands, results, given);
    for (int i = 0; i < operands.size(); i++) {
      add(operands.get(i).id(), back.get(i));
    }
  }

  private List<Primitive.Spec> specs(int call) {
    return tape.node(call).operands().stream()
        .map(o -> new Primitive.Spec(tape.node(o).type(), tape.node(o).shape()))
        .toList();
  }

  private void add(int id, @Nullable Tensor g) {
    if (g != null && tape.node(id).type().isFloat()) {
      cotangents.merge(id, g, Gradients::sum);
    }
  }

  /** A slope's product; a mask stays outside of it, for what is masked out may have any slope. */
  private static @Nullable Tensor within(Tensor g, Function<Tensor, @Nullable Tensor> product) {
    var mask = Mask.of(g);
    if (mask == null) {
      return product.apply(g);
    }
    var inner = product.apply(mask.inner());
    return inner == null ? null : mask.over(inner);
  }

  private static Tensor sum(Tensor a, Tensor b) {
    var mask = Mask.of(a);
    var other = Mask.of(b);
    return mask != null && other != null && mask.like(other) ? mask.over(mask.inner().plus(other.inner())) : a.plus(b);
  }

  /** A tensor that a condition sets to zero, where it holds or where it doesn't. */
  private record Mask(Tensor condition, boolean holds, Tensor inner) {
    static @Nullable Mask of(Tensor g) {
      var node = g.tape().node(g.id());
      if (!(node.op() instanceof Op.Point(Pointwise row)) || row != Pointwise.SELECT) {
        return null;
      }
      var x = node.operands().stream().map(g.tape()::tensor).toList();
      if (zero(x.get(2))) {
        return new Mask(x.get(0), true, x.get(1));
      }
      return zero(x.get(1)) ? new Mask(x.get(0), false, x.get(2)) : null;
    }

    private static boolean zero(Tensor x) {
      return x.tape().node(x.id()).op() instanceof Op.Constant(double value) && value == 0;
    }

    boolean like(Mask other) {
      return condition.id() == other.condition.id() && holds == other.holds;
    }

    Tensor over(Tensor x) {
      return holds ? condition.select(x, 0) : condition.select(0, x);
    }
  }

  private static Tensor padded(Tensor g, Shape shape, int axis, int from) {
    var parts = new ArrayList<Tensor>();
    int after = shape.get(axis) - from - g.shape().get(axis);
    if (from > 0) {
      parts.add(g.tape().constant(g.type(), 0, shape.with(axis, from)));
    }
    parts.add(g);
    if (after > 0) {
      parts.add(g.tape().constant(g.type(), 0, shape.with(axis, after)));
    }
    return Tensor.concat(axis, parts);
  }

  private static Tensor unfold(Fold fold, List<Integer> axes, Tensor x, Tensor y, Tensor g) {
    if (fold == Fold.SUM) {
      return g.broadcastTo(x.shape());
    }
    var largest = x.equalTo(y);
    var ties = x.tape().fold(Fold.SUM, largest, axes);
    return largest.select(g.div(ties).broadcastTo(x.shape()), 0);
  }

  static Tensor forward(Tape tape, Tensor y, Map<Tensor, Tensor> directions) {
    var tangents = new HashMap<Integer, Tensor>();
    directions.forEach((x, v) -> tangents.put(x.id(), v));
    int first = directions.keySet().stream().mapToInt(Tensor::id).min().orElse(0);
    for (int id = first; id <= y.id(); id++) {
      var node = tape.node(id);
      if (tangents.containsKey(id) || node.operands().stream().noneMatch(tangents::containsKey)) {
        continue;
      }
      var x = node.operands().stream().map(tape::tensor).toArray(Tensor[]::new);
      switch (node.op()) {
        case Op.Point(Pointwise row) -> {
          for (int i = 0; i < x.length; i++) {
            var v = tangents.get(x[i].id());
            var part = v == null ? null : row.slope(i, x, tape.tensor(id), v);
            if (part != null) {
              tangents.merge(id, part, Tensor::plus);
            }
          }
        }
        case Op.Broadcast() -> tangents.put(id, requireNonNull(tangents.get(x[0].id())).broadcastTo(node.shape()));
        case Op.Reshape() -> tangents.put(id, requireNonNull(tangents.get(x[0].id())).reshape(node.shape()));
        case Op.Stop() -> {}
        default ->
            throw new IllegalArgumentException(
                "tangent: pointwise operations expected, %s came; use gradients".formatted(tape.describe(id)));
      }
    }
    var tangent = tangents.get(y.id());
    return tangent == null ? y.zero() : tangent;
  }
}
