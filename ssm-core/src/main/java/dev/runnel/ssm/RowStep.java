package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Ins.Fold;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.function.Function;

/** One step of a recurrence as operations, for any number of rows at once. */
@FunctionalInterface
interface RowStep {

  /** Recorded for so many rows, in numbers of a type. */
  Recorded at(DType type, int rows);

  /**
   * Operations on a tape of their own, to be recorded on others. Inputs are states {@code x0..}, drives {@code u0..}
   * and weights {@code w0..}; outputs are the next states.
   */
  record Recorded(Tape tape, List<Tensor> outputs) {
    public Recorded {
      outputs = List.copyOf(outputs);
    }

    Tensor input(String name) {
      var x = tape.inputs().get(name);
      if (x == null) {
        throw new IllegalStateException("step: input " + name + " expected");
      }
      return x;
    }

    /** The outputs on another tape, from what is given for inputs, by name, and for variables, by path. */
    List<Tensor> on(Tape target, Function<String, Tensor> inputs, Function<String, Tensor> variables) {
      boolean[] live = new boolean[tape.nodes().size()];
      outputs.forEach(y -> live[y.id()] = true);
      for (int id = live.length - 1; id >= 0; id--) {
        if (live[id]) {
          tape.node(id).operands().forEach(o -> live[o] = true);
        }
      }
      var copies = new HashMap<Integer, Tensor>();
      for (int id = 0; id < live.length; id++) {
        if (live[id]) {
          var x = tape.node(id).operands().stream().map(copies::get).toList();
          copies.put(id, copy(id, x, target, inputs, variables));
        }
      }
      return outputs.stream().map(y -> copies.get(y.id())).toList();
    }

    List<Tensor> on(Tape target, Function<String, Tensor> inputs) {
      return on(target, inputs, path -> {
        throw new IllegalStateException("step: weights as inputs expected, variable " + path + " came");
      });
    }

    private Tensor copy(int id, List<Tensor> x, Tape target, Function<String, Tensor> inputs,
        Function<String, Tensor> variables) {
      var node = tape.node(id);
      var shape = node.shape();
      return switch (node.op()) {
        case Op.Input(String name) -> inputs.apply(name);
        case Op.Variable(String path) -> variables.apply(path);
        case Op.Constant(double value) ->
            target.constant(node.type().isFloat() ? target.type() : node.type(), value, shape);
        case Op.Iota(int axis) -> target.iota(shape, axis);
        case Op.Point(Pointwise row) -> target.point(row, x.toArray(Tensor[]::new));
        case Op.Broadcast() -> x.getFirst().broadcastTo(shape);
        case Op.Reshape() -> x.getFirst().reshape(shape);
        case Op.Transpose(List<Integer> order) -> x.getFirst().transpose(ints(order));
        case Op.Slice(int axis, int from) -> x.getFirst().slice(axis, from, from + shape.get(axis));
        case Op.Flip(int axis) -> x.getFirst().flip(axis);
        case Op.Concat(int axis) -> Tensor.concat(axis, x);
        case Op.Reduce(Fold fold, List<Integer> axes) ->
            (fold == Fold.SUM ? x.getFirst().sum(ints(axes)) : x.getFirst().max(ints(axes))).reshape(shape);
        case Op.MatMul(boolean ta, boolean tb) -> {
          var a = ta ? flipped(x.get(0)) : x.get(0);
          yield tb ? a.matmulTransposed(x.get(1)) : a.matmul(x.get(1));
        }
        case Op.Stop() -> x.getFirst().stopGradient();
        default -> throw new IllegalStateException("step: a checked step expected, " + tape.describe(id) + " came");
      };
    }

    private static int[] ints(List<Integer> list) {
      return list.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The last two axes exchanged. */
    private static Tensor flipped(Tensor x) {
      int[] order = new int[x.shape().rank()];
      for (int axis = 0; axis < order.length; axis++) {
        order[axis] = axis < order.length - 2 ? axis : 2 * order.length - 3 - axis;
      }
      return x.transpose(order);
    }
  }

  /**
   * Vector-Jacobian products: what a step's inputs {@code wrt} get from cotangents {@code l0..} of its next states, in
   * the order asked for. Its other inputs are the step's.
   */
  static Recorded slopes(Recorded step, Function<Recorded, List<Tensor>> wrt) {
    var tape = new Tape(step.tape().type());
    step.tape().inputs().forEach((name, x) -> tape.input(name, x.type(), x.shape()));
    var own = new Recorded(tape, step.on(tape, new Recorded(tape, List.of())::input));
    var lambda = new ArrayList<Tensor>();
    for (var y : own.outputs()) {
      lambda.add(tape.input("l" + lambda.size(), y.shape()));
    }
    return new Recorded(tape, tape.gradients(own.outputs(), lambda, wrt.apply(own)));
  }

  /**
   * The step of the reversed recurrence. States are what flows back into the step's states; drives are the states
   * before the step, its drives, and the cotangents given for the states after it.
   */
  record Reversed(RowStep step, int components, int drives) implements RowStep {
    @Override
    public Recorded at(DType type, int rows) {
      var slopes = RowStep.slopes(step.at(type, rows), own -> states(own));
      var tape = new Tape(type);
      for (int k = 0; k < components; k++) {
        tape.input("x" + k, slopes.input("l" + k).shape());
      }
      var next = slopes.on(tape, name -> {
        int k = Integer.parseInt(name.substring(1));
        var as = slopes.input(name);
        return switch (name.charAt(0)) {
          case 'x' -> tape.input("u" + k, as.shape());
          case 'u' -> tape.input("u" + (components + k), as.type(), as.shape());
          case 'l' -> tape.input("u" + (components + drives + k), as.shape()).plus(tape.input("x" + k, as.shape()));
          default -> tape.input(name, as.type(), as.shape());
        };
      });
      return new Recorded(tape, next);
    }

    private List<Tensor> states(Recorded recorded) {
      var states = new ArrayList<Tensor>();
      for (int k = 0; k < components; k++) {
        states.add(recorded.input("x" + k));
      }
      return states;
    }
  }
}
