package dev.runnel.ssm;

import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Ins.Fold;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Ranges through a tape: one an element of a tensor, from those of inputs and the values of variables. */
final class DriveRanges {
  private final Tape tape;
  private final Function<String, Range[]> inputs;
  private final Function<String, double[]> variables;
  private final Range[] @Nullable [] known;

  DriveRanges(Tape tape, Function<String, Range[]> inputs, Function<String, double[]> variables) {
    this.tape = tape;
    this.inputs = inputs;
    this.variables = variables;
    known = new Range[tape.nodes().size()][];
  }

  /**
   * Row-major, by the tensor's shape.
   *
   * @throws Enclosure.Unknown where an operation has no rule
   */
  Range[] of(Tensor x) {
    return of(x.id());
  }

  private Range[] of(int id) {
    var before = known[id];
    if (before != null) {
      return before;
    }
    var node = tape.node(id);
    var result = ranges(node);
    known[id] = result;
    return result;
  }

  private Range[] ranges(Node node) {
    var to = node.shape();
    int count = Math.toIntExact(to.size());
    return switch (node.op()) {
      case Op.Input(String name) -> inputs.apply(name);
      case Op.Variable(String path) -> Arrays.stream(variables.apply(path)).mapToObj(Range::of).toArray(Range[]::new);
      case Op.Constant(double value) -> filled(count, i -> Range.of(value));
      case Op.Iota(int axis) -> gathered(to, at -> at[axis]);
      case Op.Point(var row) -> filled(count, i -> Enclosure.of(tape, node, row, id -> of(id)[i]));
      case Op.Broadcast() -> {
        var from = shape(node, 0);
        int fresh = to.rank() - from.rank();
        yield moved(node, to, at -> flat(from, d -> from.get(d) == 1 ? 0 : at[d + fresh]));
      }
      case Op.Reshape(), Op.Stop() -> of(node.operands().getFirst());
      case Op.Transpose(List<Integer> order) ->
          moved(node, to, at -> flat(shape(node, 0), d -> at[order.indexOf(d)]));
      case Op.Slice(int axis, int from) ->
          moved(node, to, at -> flat(shape(node, 0), d -> at[d] + (d == axis ? from : 0)));
      case Op.Flip(int axis) -> moved(node, to, at -> flat(to, d -> d == axis ? to.get(d) - 1 - at[d] : at[d]));
      case Op.Concat(int axis) -> concatenated(node, axis);
      case Op.Reduce(Fold fold, List<Integer> axes) -> folded(node, fold, axes);
      case Op.MatMul(boolean ta, boolean tb) -> product(node, ta, tb);
      default -> throw new Enclosure.Unknown(node.op().getClass().getSimpleName().toLowerCase(Locale.ROOT));
    };
  }

  private Shape shape(Node node, int operand) {
    return tape.node(node.operands().get(operand)).shape();
  }

  private interface Element {
    Range at(int i);
  }

  private static Range[] filled(int count, Element element) {
    var y = new Range[count];
    for (int i = 0; i < count; i++) {
      y[i] = element.at(i);
    }
    return y;
  }

  private static Range[] gathered(Shape shape, Function<int[], Integer> value) {
    var y = new Range[Math.toIntExact(shape.size())];
    each(shape, (i, at) -> y[i] = Range.of(value.apply(at)));
    return y;
  }

  private Range[] moved(Node node, Shape to, Function<int[], Integer> from) {
    var x = of(node.operands().getFirst());
    var y = new Range[Math.toIntExact(to.size())];
    each(to, (i, at) -> y[i] = x[from.apply(at)]);
    return y;
  }

  private Range[] concatenated(Node node, int axis) {
    var to = node.shape();
    var y = new Range[Math.toIntExact(to.size())];
    int start = 0;
    for (int k = 0; k < node.operands().size(); k++) {
      var part = of(node.operands().get(k));
      int offset = start;
      each(shape(node, k), (i, at) -> y[flat(to, d -> at[d] + (d == axis ? offset : 0))] = part[i]);
      start += shape(node, k).get(axis);
    }
    return y;
  }

  private Range[] folded(Node node, Fold fold, List<Integer> axes) {
    var to = node.shape();
    var x = of(node.operands().getFirst());
    var y = new Range[Math.toIntExact(to.size())];
    Arrays.fill(y, Range.of(fold.identity()));
    BinaryOperator<Range> both =
        fold == Fold.SUM
            ? Range::plus
            : (a, b) -> new Range(Math.max(a.low(), b.low()), Math.max(a.high(), b.high()));
    each(
        shape(node, 0),
        (i, at) -> {
          int j = flat(to, d -> axes.contains(d) ? 0 : at[d]);
          y[j] = both.apply(y[j], x[i]);
        });
    return y;
  }

  private Range[] product(Node node, boolean ta, boolean tb) {
    var a = of(node.operands().get(0));
    var b = of(node.operands().get(1));
    int k = shape(node, 0).get(ta ? -2 : -1);
    int m = node.shape().get(-2);
    int n = node.shape().get(-1);
    return filled(
        Math.toIntExact(node.shape().size()),
        i -> {
          int batch = i / (m * n);
          int r = i / n % m;
          int c = i % n;
          var sum = Range.of(0);
          for (int j = 0; j < k; j++) {
            var x = a[batch * m * k + (ta ? j * m + r : r * k + j)];
            sum = sum.plus(x.times(b[batch * k * n + (tb ? c * k + j : j * n + c)]));
          }
          return sum;
        });
  }

  private interface Visitor {
    void at(int dense, int[] position);
  }

  private static void each(Shape shape, Visitor visitor) {
    int[] at = new int[shape.rank()];
    for (int i = 0; i < shape.size(); i++) {
      visitor.at(i, at);
      for (int d = at.length - 1; d >= 0 && ++at[d] == shape.get(d); d--) {
        at[d] = 0;
      }
    }
  }

  static int flat(Shape shape, IntUnaryOperator position) {
    int i = 0;
    for (int d = 0; d < shape.rank(); d++) {
      i = i * shape.get(d) + position.applyAsInt(d);
    }
    return i;
  }
}
