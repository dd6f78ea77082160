package dev.runnel.autodiff.reference;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Program;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.Ins.Fold;
import dev.runnel.autodiff.memory.Area;
import dev.runnel.autodiff.memory.Layout;
import dev.runnel.autodiff.memory.Slab;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The oracle: computes an unfused tape node by node in double, one dense array a tensor, by {@link
 * StrictMath}. It shares no code with the lowering or with any backend. Slow, and meant to be.
 */
public final class Oracle implements Engine {

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public Program compile(Tape tape, Variables variables) {
    variables.declare(tape);
    return new Interpreted(tape, variables);
  }

  private static final class Interpreted implements Program {
    private final Tape tape;
    private final Variables variables;
    private final Map<String, Area> inputs = new HashMap<>();
    private final Map<String, Area> outputs = new HashMap<>();
    private final List<Slab> slabs = new ArrayList<>();

    Interpreted(Tape tape, Variables variables) {
      this.tape = tape;
      this.variables = variables;
      tape.inputs().forEach((name, t) -> inputs.put(name, area(t)));
      tape.outputs().forEach((name, t) -> outputs.put(name, area(t)));
    }

    private Area area(Tensor t) {
      var layout = Layout.dense(t.type(), t.shape());
      var slab = new Slab(variables.allocator(), Layout.footprint(t.type(), layout.elements()));
      slabs.add(slab);
      return Area.at(slab.address(), t.type(), layout);
    }

    @Override
    public void run() {
      var values = values(tape, name -> input(name).read());
      tape.outputs().forEach((name, t) -> output(name).write(values.get(t.id())));
      tape.assignments().forEach((path, t) -> variables.set(path, values.get(t.id())));
    }

    private List<double[]> values(Tape tape, Function<String, double[]> inputs) {
      var values = new ArrayList<double[]>();
      var called = new HashMap<Integer, List<double[]>>();
      for (int id = 0; id < tape.nodes().size(); id++) {
        values.add(value(tape, id, inputs, values, called));
      }
      return values;
    }

    /** Pass after pass of another tape; rows that have stopped keep what they carry. */
    private List<double[]> repeated(Op.Repeat loop, List<double[]> x, List<Shape> from) {
      var results = new ArrayList<>(x.subList(0, loop.carried()));
      var outputs = List.copyOf(loop.body().outputs().values());
      outputs.stream().skip(loop.carried()).forEach(y -> results.add(new double[(int) y.shape().size() * loop.max()]));
      for (int p = 0; p < loop.max(); p++) {
        int pass = p;
        double[] going = results.getFirst();
        if (loop.rows() && Arrays.stream(going).allMatch(f -> f == 0)) {
          break;
        }
        var values = values(loop.body(), name -> {
          int number = Integer.parseInt(name.substring(1));
          int k = number + (name.startsWith("c") ? 0 : loop.carried() + (name.startsWith("s") ? 0 : loop.sliced()));
          return switch (name.charAt(0)) {
            case 'c' -> results.get(k);
            case 's' -> moved(from.get(k), loop.axis(), pass, x.get(k), null);
            default -> x.get(k);
          };
        });
        for (int k = 0; k < outputs.size(); k++) {
          double[] next = values.get(outputs.get(k).id()).clone();
          if (k >= loop.carried()) {
            moved(outputs.get(k).shape().with(loop.axis(), loop.max()), loop.axis(), pass, results.get(k), next);
            continue;
          }
          for (int i = 0; loop.rows() && i < next.length; i++) {
            next[i] = going[i / (next.length / going.length)] == 0 ? results.get(k)[i] : next[i];
          }
          results.set(k, next);
        }
      }
      return results;
    }

    /** One position along an axis: read where {@code part} is null, else replaced by it. */
    private static double[] moved(Shape shape, int axis, int position, double[] whole, double @Nullable [] part) {
      int inner = (int) shape.range(axis + 1, shape.rank()).size();
      int step = inner * shape.get(axis);
      double[] read = new double[whole.length / shape.get(axis)];
      for (int at = position * inner, i = 0; at < whole.length; at += step, i += inner) {
        if (part == null) {
          System.arraycopy(whole, at, read, i, inner);
        } else {
          System.arraycopy(part, i, whole, at, inner);
        }
      }
      return read;
    }

    private double[] value(Tape tape, int id, Function<String, double[]> inputs, List<double[]> values,
        Map<Integer, List<double[]>> called) {
      var node = tape.node(id);
      var x = node.operands().stream().map(values::get).toList();
      var from = node.operands().stream().map(o -> tape.node(o).shape()).toList();
      var to = node.shape();
      double[] y = new double[Math.toIntExact(to.size())];
      switch (node.op()) {
        case Op.Input(String name) -> y = inputs.apply(name);
        case Op.Variable(String path) -> y = variables.get(path);
        case Op.Constant(double value) -> Arrays.fill(y, value);
        case Op.Iota(int axis) -> each(to, (i, at) -> at[axis], y);
        case Op.Point(Pointwise row) -> point(row, node.type(), x, y);
        case Op.Broadcast() ->
            picked(x, from, to, y, (at, d) -> from.get(0).get(d) == 1 ? 0 : at[d + to.rank() - from.get(0).rank()]);
        case Op.Reshape(), Op.Stop() -> y = x.get(0);
        case Op.Transpose(List<Integer> order) -> picked(x, from, to, y, (at, d) -> at[order.indexOf(d)]);
        case Op.Slice(int axis, int start) -> picked(x, from, to, y, (at, d) -> at[d] + (d == axis ? start : 0));
        case Op.Flip(int axis) -> picked(x, from, to, y, (at, d) -> d == axis ? to.get(d) - 1 - at[d] : at[d]);
        case Op.Concat(int axis) -> {
          int start = 0;
          for (int k = 0; k < x.size(); k++) {
            double[] part = x.get(k);
            var shape = from.get(k);
            int offset = start;
            double[] whole = y;
            each(shape, (i, at) -> whole[flat(to, d -> at[d] + (d == axis ? offset : 0))] = part[i], null);
            start += shape.get(axis);
          }
        }
        case Op.Reduce(Fold fold, List<Integer> axes) -> {
          Arrays.fill(y, fold.identity());
          double[] folded = y;
          each(
              from.get(0),
              (i, at) -> {
                int j = flat(to, d -> axes.contains(d) ? 0 : at[d]);
                double v = x.get(0)[i];
                return folded[j] = fold == Fold.SUM ? folded[j] + v : Math.max(folded[j], v);
              },
              null);
        }
        case Op.MatMul(boolean ta, boolean tb) -> matmul(ta, tb, x, from, to, y);
        case Op.Gather() -> {
          int row = (int) from.get(0).range(1, from.get(0).rank()).size();
          for (int i = 0; i < y.length; i++) {
            y[i] = x.get(0)[(int) x.get(1)[i / row] * row + i % row];
          }
        }
        case Op.ScatterAdd() -> {
          int row = (int) to.range(1, to.rank()).size();
          for (int i = 0; i < x.get(0).length; i++) {
            y[(int) x.get(1)[i / row] * row + i % row] += x.get(0)[i];
          }
        }
        case Op.Call(Primitive primitive) -> {
          var specs =
              node.operands().stream().map(o -> new Primitive.Spec(tape.node(o).type(), tape.node(o).shape())).toList();
          called.put(id, primitive.evaluate(specs, x));
        }
        case Op.Repeat loop -> called.put(id, repeated(loop, x, from));
        case Op.Result(int k) -> y = requireNonNull(called.get(node.operands().getFirst())).get(k);
      }
      return y;
    }

    private static void point(Pointwise row, DType type, List<double[]> x, double[] y) {
      double[] at = new double[x.size()];
      for (int i = 0; i < y.length; i++) {
        for (int k = 0; k < at.length; k++) {
          at[k] = x.get(k)[i];
        }
        double v = row.value(at);
        y[i] = type == DType.I32 ? (int) (long) v : v;
      }
    }

    private static void matmul(boolean ta, boolean tb, List<double[]> x, List<Shape> from, Shape to, double[] y) {
      int m = to.get(-2);
      int n = to.get(-1);
      int k = from.get(0).get(ta ? -2 : -1);
      for (int i = 0; i < y.length; i++) {
        int batch = i / (m * n);
        int r = i / n % m;
        int c = i % n;
        for (int j = 0; j < k; j++) {
          double a = x.get(0)[batch * m * k + (ta ? j * m + r : r * k + j)];
          y[i] += a * x.get(1)[batch * k * n + (tb ? c * k + j : j * n + c)];
        }
      }
    }

    private interface Visitor {
      double at(int dense, int[] position);
    }

    /** Visits a shape's positions in row-major order; what the visitor gives is written to {@code y}. */
    private static void each(Shape shape, Visitor visitor, double @Nullable [] y) {
      int[] at = new int[shape.rank()];
      for (int i = 0; i < shape.size(); i++) {
        double v = visitor.at(i, at);
        if (y != null) {
          y[i] = v;
        }
        for (int d = at.length - 1; d >= 0 && ++at[d] == shape.get(d); d--) {
          at[d] = 0;
        }
      }
    }

    private interface Picker {
      int along(int[] position, int axis);
    }

    /** Each element from where a picker finds it in the only operand. */
    private static void picked(List<double[]> x, List<Shape> from, Shape to, double[] y, Picker picker) {
      each(to, (i, at) -> x.get(0)[flat(from.get(0), d -> picker.along(at, d))], y);
    }

    private static int flat(Shape shape, IntUnaryOperator position) {
      int i = 0;
      for (int d = 0; d < shape.rank(); d++) {
        i = i * shape.get(d) + position.applyAsInt(d);
      }
      return i;
    }

    @Override
    public Area input(String name) {
      return Area.named("input", inputs, name);
    }

    @Override
    public Area output(String name) {
      return Area.named("output", outputs, name);
    }

    @Override
    public long plannedBytes() {
      return slabs.stream().mapToLong(Slab::bytes).sum();
    }

    @Override
    public String describe() {
      return "oracle, %d nodes".formatted(tape.nodes().size());
    }

    @Override
    public void close() {
      slabs.forEach(Slab::close);
    }
  }
}
