package dev.runnel.autodiff;

import dev.runnel.autodiff.kernel.Ins.Fold;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A recording: nodes in the order of their operands, equal ones stored once. Record, differentiate, name
 * outputs and assignments; then compile it with an {@link Engine}. Not for several threads at once.
 */
public final class Tape {

  /** A variable as it is declared. */
  public record Declaration(String path, DType type, Shape shape, Init init, boolean trained) {}

  private final DType type;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Node, Integer> known = new HashMap<>();
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private final Map<String, Tensor> outputs = new LinkedHashMap<>();
  private final Map<String, Declaration> declarations = new TreeMap<>();
  private final Map<String, Tensor> variables = new TreeMap<>();
  private final Map<String, Tensor> assignments = new TreeMap<>();

  /** An empty tape whose numbers are {@code F32} or {@code F64}. */
  public Tape(DType type) {
    if (!type.isFloat()) {
      throw new IllegalArgumentException("tape: F32 or F64 expected, I32 came");
    }
    this.type = type;
  }

  public DType type() {
    return type;
  }

  /** The root of the variables' paths. */
  public Scope scope() {
    return new Scope(this, "");
  }

  /** A tensor of the tape's type that the caller fills before each run. */
  public Tensor input(String name, Shape shape) {
    return input(name, type, shape);
  }

  public Tensor input(String name, DType type, Shape shape) {
    var declared = inputs.get(name);
    if (declared != null && (declared.type() != type || !declared.shape().equals(shape))) {
      throw new IllegalArgumentException(
          "input '%s': %s %s was declared, %s %s came".formatted(name, declared.type(), declared.shape(), type, shape));
    }
    return inputs.computeIfAbsent(name, n -> record(new Op.Input(n), type, shape));
  }

  /** A constant of the tape's type. */
  public Tensor constant(double value) {
    return constant(type, value, Shape.of());
  }

  public Tensor constant(DType type, double value, Shape shape) {
    return record(new Op.Constant(value), type, shape);
  }

  /** Each element's position along an axis, I32. */
  public Tensor iota(Shape shape, int axis) {
    return record(new Op.Iota(shape.axis(axis)), DType.I32, shape);
  }

  /** Numbers uniform on [0, 1), a function of seed, site and position; multiples of 2^-24. */
  public Tensor uniform(Shape shape, Tensor seed, int site) {
    var position = constant(DType.I32, 0, shape);
    long stride = 1;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      position = position.plus(iota(shape, axis).times(stride));
      stride *= shape.get(axis);
    }
    if (stride > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("uniform: at most 2^31 elements expected, shape " + shape + " came");
    }
    var key = seed.reshape(new Shape(Collections.nCopies(shape.rank(), 1)));
    var word = point(Pointwise.THREEFRY, key, key.like(site), position, position.like(0));
    var bits = point(Pointwise.AND, word, word.like(0xFFFFFF));
    return bits.toFloat().times(0x1p-24);
  }

  /** Declares a variable, or finds it. Use a {@link Scope}. */
  public Tensor variable(Declaration declaration) {
    var path = declaration.path();
    var before = declarations.get(path);
    if (before != null && (before.type() != declaration.type() || !before.shape().equals(declaration.shape()))) {
      throw new IllegalArgumentException(
          "%s: %s %s was declared, %s %s came; give one of the two another name"
              .formatted(path, before.type(), before.shape(), declaration.type(), declaration.shape()));
    }
    declarations.putIfAbsent(path, declaration);
    return variables.computeIfAbsent(
        path, p -> record(new Op.Variable(p), declaration.type(), declaration.shape()));
  }

  /** All declared variables, in path order. */
  public List<Declaration> declarations() {
    return List.copyOf(declarations.values());
  }

  /** Trained variables by path, in path order. */
  public Map<String, Tensor> parameters() {
    var trained = new LinkedHashMap<String, Tensor>();
    variables.forEach(
        (path, tensor) -> {
          if (declaration(path).trained()) {
            trained.put(path, tensor);
          }
        });
    return trained;
  }

  Declaration declaration(String path) {
    var declaration = declarations.get(path);
    if (declaration == null) {
      throw new IllegalArgumentException("%s: a declared variable expected".formatted(path));
    }
    return declaration;
  }

  /** At the end of each run the variable takes this value; the run itself reads the old one throughout. */
  public void assign(Tensor variable, Tensor value) {
    own("assign", variable);
    own("assign", value);
    if (!(node(variable.id()).op() instanceof Op.Variable(String path))) {
      throw new IllegalArgumentException("assign: a variable expected, " + variable + " came");
    }
    if (!variable.shape().equals(value.shape()) || variable.type() != value.type()) {
      throw new IllegalArgumentException(
          "assign %s: %s %s expected, %s %s came"
              .formatted(path, variable.type(), variable.shape(), value.type(), value.shape()));
    }
    if (assignments.putIfAbsent(path, value) != null) {
      throw new IllegalArgumentException("assign %s: one assignment a run expected, a second came".formatted(path));
    }
  }

  /** Names a tensor that {@link Program#get} will give after each run. */
  public void output(String name, Tensor tensor) {
    own("output '" + name + "'", tensor);
    if (outputs.putIfAbsent(name, tensor) != null) {
      throw new IllegalArgumentException("output '%s': a name not used yet expected".formatted(name));
    }
  }

  public Map<String, Tensor> inputs() {
    return Collections.unmodifiableMap(inputs);
  }

  public Map<String, Tensor> outputs() {
    return Collections.unmodifiableMap(outputs);
  }

  /** New values by variable path. */
  public Map<String, Tensor> assignments() {
    return Collections.unmodifiableMap(assignments);
  }

  public List<Node> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  public Node node(int id) {
    return nodes.get(id);
  }

  public Tensor tensor(int id) {
    var node = nodes.get(id);
    return new Tensor(this, id, node.type(), node.shape());
  }

  /** Results of a structured operation. */
  public List<Tensor> call(Primitive primitive, List<Tensor> operands) {
    var specs = primitive.results(operands.stream().map(t -> new Primitive.Spec(t.type(), t.shape())).toList());
    var first = specs.getFirst();
    var call = record(new Op.Call(primitive), first.type(), first.shape(), operands.toArray(Tensor[]::new));
    var results = new ArrayList<Tensor>();
    for (int k = 0; k < specs.size(); k++) {
      results.add(record(new Op.Result(k), specs.get(k).type(), specs.get(k).shape(), call));
    }
    return results;
  }

  /**
   * Runs a body {@code max} times, or while rows are going. It has no gradient: wrap it in a {@link Primitive}
   * that has one.
   *
   * @param axis along which a pass reads and keeps one position; it has extent {@code max} where it is read
   * @param rows whether the first carried value is an I32 flag a row, {@code (B)}: a row whose flag is 0 keeps all
   *     that it carries, costs nothing, and can't come back; without a going row the passes end. Every
   *     carried value then has B as its first extent.
   * @param first what is carried into the first pass
   * @return what is carried out of the last pass, then what was kept
   */
  public List<Tensor> repeat(int max, int axis, boolean rows, List<Tensor> first, Function<Pass, Pass.Left> body) {
    var inner = new Tape(type);
    var pass = new Pass(inner, axis, first);
    var left = body.apply(pass);
    for (int k = 0; k < first.size(); k++) {
      var before = first.get(k);
      var next = left.carried().get(k);
      if (next.type() != before.type() || !next.shape().equals(before.shape())) {
        throw new IllegalArgumentException(
            "repeat: carried value %d as %s %s expected, %s %s came"
                .formatted(k, before.type(), before.shape(), next.type(), next.shape()));
      }
      if (rows && before.shape().size() == first.getFirst().shape().size()) { // no axis to leave rows out of
        var going = pass.carried(0).reshape(before.shape());
        next = going.select(next, k == 0 ? next.zero() : pass.carried(k));
      }
      inner.output("c" + k, next);
    }
    for (int k = 0; k < left.kept().size(); k++) {
      inner.output("y" + k, left.kept().get(k));
    }
    for (var x : pass.sliced()) {
      if (x.shape().get(axis) != max) {
        throw new IllegalArgumentException(
            "repeat: extent %d along axis %d expected, %s came".formatted(max, axis, x.shape()));
      }
    }
    var operands = new ArrayList<>(first);
    operands.addAll(pass.sliced());
    operands.addAll(pass.whole());
    var op = new Op.Repeat(inner, max, axis, first.size(), pass.sliced().size(), rows);
    var call = record(op, type, Shape.of(), operands.toArray(Tensor[]::new));
    var results = new ArrayList<Tensor>();
    first.forEach(x -> results.add(record(new Op.Result(results.size()), x.type(), x.shape(), call)));
    for (var y : left.kept()) {
      results.add(record(new Op.Result(results.size()), y.type(), y.shape().with(axis, max), call));
    }
    return results;
  }

  /** The same recording, with structured operations that are written in others replaced by these. */
  public Tape expanded() {
    var tape = new Tape(type);
    var copies = new ArrayList<Tensor>();
    var results = new HashMap<Integer, List<Tensor>>();
    for (int id = 0; id < nodes.size(); id++) {
      var node = nodes.get(id);
      var x = node.operands().stream().map(copies::get).toList();
      if (node.op() instanceof Op.Call(Primitive primitive)) {
        var written = primitive.expand(x);
        if (written != null) {
          results.put(id, written);
        }
      }
      var written = results.get(node.op() instanceof Op.Result ? node.operands().getFirst() : id);
      copies.add(
          switch (node.op()) {
            case Op.Input(String name) -> tape.input(name, node.type(), node.shape());
            case Op.Variable(String path) -> tape.variable(declaration(path));
            case Op.Result(int k) when written != null -> written.get(k);
            case Op.Call _ when written != null -> written.getFirst();
            default -> tape.record(node.op(), node.type(), node.shape(), x.toArray(Tensor[]::new));
          });
    }
    declarations.values().forEach(tape::variable);
    outputs.forEach((name, x) -> tape.outputs.put(name, copies.get(x.id())));
    assignments.forEach((path, x) -> tape.assignments.put(path, copies.get(x.id())));
    return results.isEmpty() ? this : tape.expanded();
  }

  /** Records one row of the table. */
  public Tensor point(Pointwise row, Tensor... operands) {
    var where = row.name().toLowerCase(Locale.ROOT);
    var shape = operands[0].shape();
    for (var x : operands) {
      own(where, x);
      shape = Shape.broadcast(where, shape, x.shape());
    }
    var result = resultType(where, row, operands);
    var simple = Simplify.point(row, operands, shape);
    if (simple != null) {
      return simple.shape().equals(shape) ? simple : broadcast(simple, shape);
    }
    var wide = new Tensor[operands.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = broadcast(operands[i], shape);
    }
    return record(new Op.Point(row), result, shape, wide);
  }

  private DType resultType(String where, Pointwise row, Tensor[] x) {
    var shared = x[x.length - 1].type();
    for (int i = row == Pointwise.SELECT ? 1 : 0; i < x.length; i++) {
      if (x[i].type() != shared) {
        throw new IllegalArgumentException(
            "%s: operands of one type expected, %s came; use toFloat() or toInt()"
                .formatted(where, Arrays.stream(x).map(Tensor::type).toList()));
      }
    }
    boolean ints = shared == DType.I32;
    boolean wantsInts = row.result() == Pointwise.Result.INT ? row != Pointwise.TO_INT : row == Pointwise.TO_FLOAT;
    boolean wantsFloats =
        (row.result() == Pointwise.Result.FLOAT && row != Pointwise.TO_FLOAT) || row == Pointwise.TO_INT;
    if (ints ? wantsFloats : wantsInts) {
      throw new IllegalArgumentException(
          "%s: %s expected, %s came; use %s"
              .formatted(where, ints ? type : DType.I32, shared, ints ? "toFloat()" : "toInt()"));
    }
    return switch (row.result()) {
      case SAME, SELECT -> shared;
      case FLOAT -> type;
      case INT -> DType.I32;
    };
  }

  Tensor broadcast(Tensor x, Shape to) {
    if (x.shape().equals(to)) {
      return x;
    }
    if (!Shape.broadcast("broadcast", x.shape(), to).equals(to)) {
      throw new IllegalArgumentException("broadcast: a shape that fits %s expected, %s came".formatted(x.shape(), to));
    }
    if (node(x.id()).op() instanceof Op.Constant constant) {
      return record(constant, x.type(), to);
    }
    return record(new Op.Broadcast(), x.type(), to, x);
  }

  Tensor reshape(Tensor x, Shape to) {
    if (x.shape().size() != to.size()) {
      throw new IllegalArgumentException(
          "reshape: %d elements expected, shape %s has %d".formatted(x.shape().size(), to, to.size()));
    }
    var node = node(x.id());
    if (node.op() instanceof Op.Reshape) {
      return reshape(tensor(node.operands().getFirst()), to);
    }
    if (node.op() instanceof Op.Constant constant) {
      return record(constant, x.type(), to);
    }
    return x.shape().equals(to) ? x : record(new Op.Reshape(), x.type(), to, x);
  }

  Tensor transpose(Tensor x, List<Integer> order) {
    if (order.stream().distinct().count() != x.shape().rank() || order.size() != x.shape().rank()) {
      throw new IllegalArgumentException(
          "transpose: each of the %d axes once expected, %s came".formatted(x.shape().rank(), order));
    }
    return record(
        new Op.Transpose(order), x.type(), new Shape(order.stream().map(a -> x.shape().get(a)).toList()), x);
  }

  Tensor slice(Tensor x, int axis, int from, int to) {
    if (from < 0 || to < from || to > x.shape().get(axis)) {
      throw new IllegalArgumentException(
          "slice: a range within [0, %d) expected, [%d, %d) came".formatted(x.shape().get(axis), from, to));
    }
    if (to - from == x.shape().get(axis)) {
      return x;
    }
    var shape = x.shape().with(axis, to - from);
    if (node(x.id()).op() instanceof Op.Constant constant) {
      return record(constant, x.type(), shape);
    }
    return record(new Op.Slice(axis, from), x.type(), shape, x);
  }

  Tensor flip(Tensor x, int axis) {
    return record(new Op.Flip(axis), x.type(), x.shape(), x);
  }

  Tensor concat(int axis, List<Tensor> parts) {
    int extent = 0;
    var first = parts.getFirst();
    for (var part : parts) {
      if (part.type() != first.type() || !part.shape().with(axis, 0).equals(first.shape().with(axis, 0))) {
        throw new IllegalArgumentException(
            "concat: parts like %s %s except along axis %d expected, %s %s came"
                .formatted(first.type(), first.shape(), axis, part.type(), part.shape()));
      }
      extent += part.shape().get(axis);
    }
    return parts.size() == 1
        ? first
        : record(new Op.Concat(axis), first.type(), first.shape().with(axis, extent), parts.toArray(Tensor[]::new));
  }

  Tensor fold(Fold fold, Tensor x, List<Integer> axes) {
    if (!x.type().isFloat()) {
      throw new IllegalArgumentException("reduction: a floating tensor expected, I32 came; use toFloat()");
    }
    var shape = x.shape();
    boolean moves = false;
    for (int a : axes) {
      moves |= shape.get(a) != 1;
      shape = shape.with(a, 1);
    }
    return moves ? record(new Op.Reduce(fold, axes), x.type(), shape, x) : x;
  }

  /** One over a product of extents, counted when it runs: other extents need no other kernels. */
  Tensor share(List<Integer> extents) {
    var count = constant(1);
    for (int extent : extents) {
      count = count.times(fold(Fold.SUM, constant(type, 1, Shape.of(extent)), List.of(0)).reshape(Shape.of()));
    }
    return constant(1).div(count);
  }

  Tensor matmul(Tensor a, boolean ta, Tensor b, boolean tb) {
    if (a.shape().rank() < 2 || b.shape().rank() < 2) {
      throw new IllegalArgumentException(
          "matmul: two axes or more expected, %s and %s came".formatted(a.shape(), b.shape()));
    }
    int k = a.shape().get(ta ? -2 : -1);
    int k2 = b.shape().get(tb ? -1 : -2);
    if (k != k2) {
      throw new IllegalArgumentException(
          "matmul: inner extents that agree expected, %d of %s and %d of %s came; transpose one of them?"
              .formatted(k, a.shape(), k2, b.shape()));
    }
    int m = a.shape().get(ta ? -1 : -2);
    int n = b.shape().get(tb ? -2 : -1);
    int rank = a.shape().rank();
    var leading = a.shape().range(0, rank - 2);
    if (b.shape().rank() == 2 && rank > 2) {
      if (!ta) {
        return matmul(a.reshape(Math.toIntExact(leading.size() * m), k), false, b, tb).reshape(leading.append(m, n));
      }
      b = broadcast(b, leading.append(b.shape().get(0), b.shape().get(1)));
    }
    if (!b.shape().range(0, b.shape().rank() - 2).equals(leading)) {
      throw new IllegalArgumentException(
          "matmul: the same leading axes expected, %s and %s came".formatted(a.shape(), b.shape()));
    }
    return record(new Op.MatMul(ta, tb), a.type(), leading.append(m, n), a, b);
  }

  Tensor gather(Tensor table, Tensor index) {
    if (index.type() != DType.I32 || table.shape().rank() == 0) {
      throw new IllegalArgumentException(
          "gather: a table and an I32 index expected, %s and %s came".formatted(table.shape(), index.type()));
    }
    var dims = new ArrayList<>(index.shape().dims());
    dims.addAll(table.shape().dims().subList(1, table.shape().rank()));
    return record(new Op.Gather(), table.type(), new Shape(dims), table, index);
  }

  Tensor scatterAdd(Tensor values, Tensor index, int rows) {
    var tail = values.shape().range(index.shape().rank(), values.shape().rank());
    var dims = new ArrayList<Integer>();
    dims.add(rows);
    dims.addAll(tail.dims());
    return record(new Op.ScatterAdd(), values.type(), new Shape(dims), values, index);
  }

  Tensor stop(Tensor x) {
    return record(new Op.Stop(), x.type(), x.shape(), x);
  }

  /** Gradients of a scalar; zeros where it does not depend on an entry of {@code wrt}. */
  public List<Tensor> gradients(Tensor y, List<Tensor> wrt) {
    if (y.shape().size() != 1) {
      throw new IllegalArgumentException(
          "gradients: a scalar expected, shape %s came; sum it, or give cotangents".formatted(y.shape()));
    }
    return gradients(List.of(y), List.of(y.like(1)), wrt);
  }

  /** {@code sum_k (d y_k / d x)^T cotangent_k} for each x. */
  public List<Tensor> gradients(List<Tensor> ys, List<Tensor> cotangents, List<Tensor> wrt) {
    ys.forEach(y -> own("gradients", y));
    cotangents.forEach(v -> own("gradients", v));
    wrt.forEach(x -> own("gradients", x));
    return Gradients.reverse(this, ys, cotangents, wrt);
  }

  /** {@code sum (d y / d x) direction_x}, by forward mode through operations without axes of their own. */
  public Tensor tangent(Tensor y, Map<Tensor, Tensor> directions) {
    return Gradients.forward(this, y, directions);
  }

  /** All declared variables' tensors by path, in path order. */
  public Map<String, Tensor> variables() {
    return Collections.unmodifiableMap(variables);
  }

  /** A node in words. */
  public String describe(int id) {
    var node = node(id);
    return "%%%d = %s%s : %s%s".formatted(id, node.op(), node.operands(), node.type(), node.shape());
  }

  private void own(String where, Tensor x) {
    if (x.tape() != this) {
      throw new IllegalArgumentException(where + ": tensors of one tape expected, two tapes came");
    }
  }

  private Tensor record(Op op, DType type, Shape shape, Tensor... operands) {
    var ids = new ArrayList<Integer>();
    for (var x : operands) {
      own(op.getClass().getSimpleName().toLowerCase(Locale.ROOT), x);
      ids.add(x.id());
    }
    var node = new Node(op, ids, type, shape);
    Integer id = known.get(node);
    if (id == null) {
      id = nodes.size();
      nodes.add(node);
      known.put(node, id);
    }
    return new Tensor(this, id, type, shape);
  }
}
