package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Laws of operations with axes: gradients, gradients of gradients, and engines that agree, over many shapes. */
class StructureLawsTest {
  private static final double STEP = 1e-3;
  private static final int DIRECTIONS = 3;

  /** One operation on inputs of these shapes. */
  private record Case(String name, List<Shape> shapes, Function<Tensor[], Tensor> build) {}

  private static final List<Case> CASES = new ArrayList<>();

  /** Extents 0 and 1, odd ones, and more than a vector. */
  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(1), Shape.of(5), Shape.of(37), Shape.of(3, 1), Shape.of(1, 19), Shape.of(4, 37), Shape.of(33, 5),
          Shape.of(2, 3, 17), Shape.of(2, 1, 3, 5));

  private static final List<Shape> EMPTY = List.of(Shape.of(0), Shape.of(0, 3), Shape.of(3, 0), Shape.of(2, 0, 5));

  static {
    broadcasts();
    moves();
    reductions();
    products();
    rows();
    normalisations();
  }

  private static void add(String name, Function<Tensor[], Tensor> build, Shape... shapes) {
    CASES.add(new Case(name + " " + List.of(shapes), List.of(shapes), build));
  }

  private static List<Shape> all() {
    return Stream.concat(SHAPES.stream(), EMPTY.stream()).toList();
  }

  private static void broadcasts() {
    var to = Shape.of(2, 3, 37);
    for (var from : List.of(Shape.of(), Shape.of(1), Shape.of(37), Shape.of(3, 1), Shape.of(1, 37), Shape.of(2, 1, 1))) {
      add("broadcast to " + to, x -> x[0].broadcastTo(to), from);
      add("product in " + to, x -> x[0].times(x[1]), from, to);
    }
    add("broadcast to (3, 0)", x -> x[0].broadcastTo(Shape.of(3, 0)), Shape.of(3, 1));
    add("outer product", x -> x[0].times(x[1]), Shape.of(17, 1), Shape.of(1, 19));
    add("product with nothing", x -> x[0].times(x[1]), Shape.of(3, 0), Shape.of(3, 1));
  }

  private static void moves() {
    add("reshape", x -> x[0].sin().reshape(5, 12).times(x[1]), Shape.of(3, 20), Shape.of(5, 12));
    add("reshape to a row", x -> x[0].reshape(-1).times(x[1]), Shape.of(7, 3, 5), Shape.of(105));
    add("reshape of nothing", x -> x[0].reshape(0, 7), Shape.of(3, 0));
    for (int[] order : new int[][] {{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
      for (var shape : List.of(Shape.of(2, 3, 37), Shape.of(19, 1, 5), Shape.of(2, 0, 3))) {
        add("transpose " + List.of(order[0], order[1], order[2]), x -> x[0].transpose(order), shape);
      }
    }
    add("transpose, reshape", x -> x[0].transpose(1, 0).reshape(-1).sin(), Shape.of(5, 7));
    for (var shape : all()) {
      for (int a = 0; a < shape.rank(); a++) {
        int axis = a;
        int n = shape.get(a);
        add("flip " + axis, x -> x[0].flip(axis), shape);
        add("slice " + axis, x -> x[0].slice(axis, n / 3, n - n / 4), shape);
        add("empty slice " + axis, x -> x[0].slice(axis, n / 2, n / 2), shape);
        add("concat " + axis, x -> Tensor.concat(axis, x[0], x[1].sin(), x[0]), shape, shape.with(axis, 2));
      }
    }
    add("concat with nothing", x -> Tensor.concat(1, x), Shape.of(3, 0), Shape.of(3, 5), Shape.of(3, 20));
  }

  private static void reductions() {
    for (var shape : all()) {
      for (int mask = 1; mask < 1 << shape.rank(); mask++) {
        int bits = mask;
        int[] axes = IntStream.range(0, shape.rank()).filter(a -> (bits >> a & 1) != 0).toArray();
        var names = IntStream.of(axes).boxed().toList();
        add("sum " + names, x -> x[0].times(x[0]).sum(axes), shape);
        add("mean " + names, x -> x[0].sin().mean(axes), shape);
        if (shape.size() > 0) {
          add("max " + names, x -> x[0].max(axes).sin(), shape);
        }
      }
    }
    add("max of nothing per row", x -> x[0].max(1), Shape.of(0, 3));
  }

  private static void products() {
    int[][] extents = {{3, 5, 7}, {1, 1, 1}, {17, 33, 19}, {1, 40, 1}, {3, 1, 5}, {3, 0, 4}, {0, 3, 2}, {2, 3, 0}};
    for (int[] e : extents) {
      int m = e[0];
      int k = e[1];
      int n = e[2];
      for (int flags = 0; flags < 4; flags++) {
        boolean ta = (flags & 1) != 0;
        boolean tb = (flags & 2) != 0;
        var a = ta ? Shape.of(k, m) : Shape.of(m, k);
        var b = tb ? Shape.of(n, k) : Shape.of(k, n);
        var name = "matmul" + (ta ? " T" : " N") + (tb ? "T" : "N");
        add(name, x -> x[0].tape().matmul(x[0], ta, x[1], tb), a, b);
        add(name + " of computed", x -> x[0].tape().matmul(x[0].sin(), ta, x[1].times(0.5), tb), a, b);
        var batchedA = Shape.of(2, 3).append(a.get(0), a.get(1));
        var batchedB = Shape.of(2, 3).append(b.get(0), b.get(1));
        add(name + " batched", x -> x[0].tape().matmul(x[0], ta, x[1], tb), batchedA, batchedB);
        add(name + " batched left", x -> x[0].tape().matmul(x[0], ta, x[1], tb), batchedA, b);
      }
    }
    add("matmul of itself", x -> x[0].matmulTransposed(x[0]), Shape.of(5, 9));
    add("matmul, transposed", x -> x[0].transpose(0, 2, 1).matmul(x[1]), Shape.of(2, 5, 3), Shape.of(2, 5, 4));
    add("matmul of slices", x -> x[0].slice(1, 3, 8).matmul(x[1].slice(0, 1, 6)), Shape.of(4, 9), Shape.of(7, 3));
  }

  private static void rows() {
    for (var table : List.of(Shape.of(5), Shape.of(5, 1), Shape.of(7, 19), Shape.of(3, 2, 5), Shape.of(4, 0))) {
      for (var index : List.of(Shape.of(), Shape.of(1), Shape.of(9), Shape.of(3, 4), Shape.of(0))) {
        int n = table.get(0);
        add("gather by " + index, x -> x[0].gather(index(x[0], index, n)).sin(), table);
        var values = new Shape(Stream.concat(index.dims().stream(), table.dims().stream().skip(1)).toList());
        add("scatter-add into " + n + " by " + index,
            x -> x[0].tape().scatterAdd(x[0].sin(), index(x[0], index, n), n), values);
      }
    }
  }

  /** An input of indexes below {@code n}, or of labels. */
  private static Tensor index(Tensor x, Shape shape, int n) {
    return x.tape().input("index" + n, DType.I32, shape);
  }

  private static void normalisations() {
    for (var shape : all()) {
      for (int a = 0; a < shape.rank(); a++) {
        int axis = a;
        add("softmax " + axis, x -> x[0].softmax(axis), shape);
        add("logSoftmax " + axis, x -> x[0].logSoftmax(axis), shape);
      }
      add("layerNorm", x -> x[0].layerNorm(1e-1), shape);
      add("layerNorm, scaled", x -> x[0].layerNorm(1e-1).times(x[1]).plus(x[2]), shape,
          Shape.of(shape.last()), Shape.of(shape.last()));
      if (shape.last() > 0) {
        add("crossEntropy", x -> x[0].crossEntropy(index(x[0], shape.range(0, shape.rank() - 1), shape.last())), shape);
      }
      add("dropout", x -> x[0].times(x[0]).dropout(0.4, x[0].tape().input("index9999", DType.I32, Shape.of()), 3), shape);
    }
  }

  private static Stream<DynamicTest> cases(Consumer<Case> law) {
    return CASES.stream().map(c -> dynamicTest(c.name, () -> law.accept(c)));
  }

  @TestFactory
  Stream<DynamicTest> gradientsAreFiniteDifferences() {
    return cases(StructureLawsTest::checkGradients);
  }

  @TestFactory
  Stream<DynamicTest> enginesAgree() {
    return cases(c -> {
      for (var type : List.of(DType.F64, DType.F32)) {
        var r = Recorded.of(c, type);
        var oracle = On.ORACLE.run(r.tape, r.inputs);
        double share = type == DType.F64 ? 1e-12 : 2e-5;
        On.close(type + " interpreted", oracle, On.PLAN.run(r.tape, r.inputs), share, 1e-1);
        On.close(type + " compiled", oracle, On.SIMD.run(r.tape, r.inputs), share, 1e-1);
        On.close(type + " on a device", oracle, On.DEVICE.run(r.tape, r.inputs), share, 1e-1);
      }
    });
  }

  /** A case on a tape: y, its gradients g for weights v, and the gradients h of {@code <g, u>}. */
  private record Recorded(Tape tape, Map<String, double[]> inputs, int operands) {
    static Recorded of(Case c, DType type) {
      var tape = new Tape(type);
      var x = IntStream.range(0, c.shapes.size())
          .mapToObj(i -> tape.input("x" + i, c.shapes.get(i))).toArray(Tensor[]::new);
      var y = c.build.apply(x);
      var v = tape.input("v", y.shape());
      var loss = y.times(v).sum();
      tape.output("y", y);
      tape.output("loss", loss);
      var gradients = tape.gradients(loss, List.of(x));
      var mixed = tape.constant(0);
      for (int i = 0; i < x.length; i++) {
        tape.output("g" + i, gradients.get(i));
        mixed = mixed.plus(gradients.get(i).times(tape.input("u" + i, x[i].shape())).sum());
      }
      tape.output("mixed", mixed);
      var second = tape.gradients(mixed, List.of(x));
      for (int i = 0; i < x.length; i++) {
        tape.output("h" + i, second.get(i));
      }
      return new Recorded(tape, inputs(tape), x.length);
    }

    private static Map<String, double[]> inputs(Tape tape) {
      var random = new SplittableRandom(5);
      var inputs = new LinkedHashMap<String, double[]>();
      tape.inputs().forEach((name, t) -> {
        int n = (int) t.shape().size();
        inputs.put(name, name.startsWith("index")
            ? random.ints(n, 0, Integer.parseInt(name.substring(5))).asDoubleStream().toArray()
            : name.startsWith("x") ? apart(random, n) : random.doubles(n, -1, 1).map(d -> (float) d).toArray());
      });
      return inputs;
    }
  }

  /** Values in [-2, 2], shuffled, no two so near that a step could make them equal. */
  private static double[] apart(SplittableRandom random, int n) {
    double[] values = IntStream.range(0, n).mapToDouble(i -> (float) ((i + 0.5) * 4 / n - 2)).toArray();
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      double swap = values[i];
      values[i] = values[j];
      values[j] = swap;
    }
    return values;
  }

  private static void checkGradients(Case c) {
    var r = Recorded.of(c, DType.F64);
    var at = On.ORACLE.run(r.tape, r.inputs);
    var random = new SplittableRandom(17);
    for (int d = 0; d < DIRECTIONS; d++) {
      var direction = new HashMap<String, double[]>();
      double first = 0;
      double second = 0;
      for (int i = 0; i < r.operands; i++) {
        double[] w = random.doubles(r.inputs.get("x" + i).length, -1, 1).toArray();
        direction.put("x" + i, w);
        first += dot(at.get("g" + i), w);
        second += dot(at.get("h" + i), w);
      }
      var far = new ArrayList<Map<String, double[]>>();
      for (double h : new double[] {STEP, -STEP, 2 * STEP, -2 * STEP}) {
        var inputs = new HashMap<>(r.inputs);
        direction.forEach((name, w) -> inputs.put(name,
            IntStream.range(0, w.length).mapToDouble(k -> r.inputs.get(name)[k] + h * w[k]).toArray()));
        far.add(On.ORACLE.run(r.tape, inputs));
      }
      check("gradient", first, far, "loss");
      check("gradient of the gradient", second, far, "mixed");
    }
  }

  private static void check(String what, double value, List<Map<String, double[]>> far, String name) {
    double[] f = far.stream().mapToDouble(results -> results.get(name)[0]).toArray();
    double expected = (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * STEP);
    double scale = Math.max(1, Math.max(Math.abs(expected), Math.abs(f[0])));
    assertThat(value).as("%s against %s", what, name).isCloseTo(expected, within(1e-7 * scale));
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }
}
