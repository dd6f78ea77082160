package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * One step as a tape of its own: inputs by name, pointwise operations, outputs. Its tensors stand for one
 * lane each; where it is used, they get whatever shape the inputs given there have.
 */
record Body(Tape tape, List<Tensor> outputs) {
  /** What a parameter's path is asked for with, so that no input has its name. */
  static final String PARAMETER = "@";

  Body {
    outputs = List.copyOf(outputs);
  }

  /**
   * Checks that no lane reads another.
   *
   * @throws IllegalArgumentException naming what does
   */
  void check(String where, Shape lanes) {
    boolean[] live = new boolean[tape.nodes().size()];
    for (var y : outputs) {
      live[y.id()] = true;
      if (!y.shape().equals(lanes)) {
        throw new IllegalArgumentException(
            "%s: a next state of shape %s expected, %s came".formatted(where, lanes, y.shape()));
      }
    }
    for (int id = live.length - 1; id >= 0; id--) {
      if (!live[id]) {
        continue;
      }
      var node = tape.node(id);
      node.operands().forEach(o -> live[o] = true);
      boolean pointwise =
          switch (node.op()) {
            case Op.Point _, Op.Constant _, Op.Broadcast _, Op.Stop _, Op.Input _, Op.Variable _ -> true;
            case Op.Reshape _ -> long_(node.shape()).equals(long_(tape.node(node.operands().getFirst()).shape()));
            default -> false;
          };
      if (!pointwise) {
        throw new IllegalArgumentException(
            "%s: pointwise operations expected, %s came; a state may not read another: put it into drive()"
                .formatted(where, node.op().getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)));
      }
    }
  }

  private static List<Integer> long_(Shape shape) {
    return shape.dims().stream().filter(d -> d != 1).toList();
  }

  /** The inputs of a body that is being written: states and drives by number. */
  record Inputs(Tape tape, Shape lanes) {
    Tensor x(int k) {
      return tape.input("x" + k, lanes);
    }

    Tensor u(int k) {
      return tape.input("u" + k, lanes);
    }

    List<Tensor> xs(int from, int count) {
      return IntStream.range(from, from + count).mapToObj(this::x).toList();
    }

    List<Tensor> us(int from, int count) {
      return IntStream.range(from, from + count).mapToObj(this::u).toList();
    }
  }

  /** A body of one's own. */
  static Body written(DType type, Shape lanes, Function<Inputs, List<Tensor>> next) {
    var tape = new Tape(type);
    return new Body(tape, next.apply(new Inputs(tape, lanes)));
  }

  /** Records the step on another tape. */
  List<Tensor> on(Tape target, Function<String, Tensor> inputs) {
    return on(target, inputs, outputs);
  }

  List<Tensor> on(Tape target, Function<String, Tensor> inputs, List<Tensor> wanted) {
    var known = new HashMap<Integer, Tensor>();
    var results = new ArrayList<Tensor>();
    for (var y : wanted) {
      results.add(recorded(y.id(), target, inputs, known));
    }
    return results;
  }

  private Tensor recorded(int id, Tape target, Function<String, Tensor> inputs, Map<Integer, Tensor> known) {
    var before = known.get(id);
    if (before != null) {
      return before;
    }
    var node = tape.node(id);
    var result =
        switch (node.op()) {
          case Op.Input(String name) -> inputs.apply(name);
          case Op.Variable(String path) -> inputs.apply(PARAMETER + path);
          case Op.Constant(double value) -> target.constant(node.type(), value, Shape.of());
          case Op.Broadcast(), Op.Reshape() -> recorded(node.operands().getFirst(), target, inputs, known);
          case Op.Stop() -> recorded(node.operands().getFirst(), target, inputs, known).stopGradient();
          case Op.Point(var row) ->
              target.point(
                  row,
                  node.operands().stream().map(o -> recorded(o, target, inputs, known)).toArray(Tensor[]::new));
          default -> throw new IllegalStateException("body: a checked step expected, " + node.op() + " came");
        };
    known.put(id, result);
    return result;
  }

  /** {@code d output_i / d x_j} at {@code i * components + j}, on the body's tape. */
  List<Tensor> jacobian(int components) {
    var entries = new ArrayList<Tensor>();
    for (int i = 0; i < components; i++) {
      for (int j = 0; j < components; j++) {
        var x = tape.inputs().get("x" + j);
        entries.add(x == null ? tape.constant(0) : tape.tangent(outputs.get(i), Map.of(x, x.like(1))));
      }
    }
    return entries;
  }

  /** Whether the derivative by the states does not depend on them. */
  boolean linear(int components) {
    var seen = new HashSet<Integer>();
    var states = new HashSet<Integer>();
    for (int k = 0; k < components; k++) {
      var x = tape.inputs().get("x" + k);
      if (x != null) {
        states.add(x.id());
      }
    }
    return jacobian(components).stream().noneMatch(j -> reads(j.id(), states, seen));
  }

  private boolean reads(int id, Set<Integer> sources, Set<Integer> seen) {
    return sources.contains(id)
        || (seen.add(id) && tape.node(id).operands().stream().anyMatch(o -> reads(o, sources, seen)));
  }

  /** Values at one step for many lanes at once: arrays by input name in, one array an output out. */
  List<double[]> evaluate(int count, Function<String, double[]> inputs) {
    var known = new LinkedHashMap<Integer, double[]>();
    return outputs.stream().map(y -> evaluated(y.id(), count, inputs, known)).toList();
  }

  private double[] evaluated(int id, int count, Function<String, double[]> inputs, Map<Integer, double[]> known) {
    var before = known.get(id);
    if (before != null) {
      return before;
    }
    var node = tape.node(id);
    double[] y;
    switch (node.op()) {
      case Op.Input(String name) -> y = inputs.apply(name);
      case Op.Variable(String path) -> y = inputs.apply(PARAMETER + path);
      case Op.Constant(double value) -> {
        y = new double[count];
        java.util.Arrays.fill(y, value);
      }
      case Op.Point(var row) -> {
        var x = node.operands().stream().map(o -> evaluated(o, count, inputs, known)).toList();
        y = new double[count];
        double[] at = new double[x.size()];
        for (int i = 0; i < count; i++) {
          for (int k = 0; k < at.length; k++) {
            at[k] = x.get(k)[i];
          }
          y[i] = row.value(at);
        }
      }
      default -> y = evaluated(node.operands().getFirst(), count, inputs, known);
    }
    known.put(id, y);
    return y;
  }
}
