package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Primitive.Spec;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The step of a {@link DenseCell}.
 *
 * @param drives by name, a row's shape each
 * @param masked whether a last drive, 1 or 0 a row, says if the row's states move
 * @param weights paths of what the step declares
 */
record DenseStep(
    DenseCell cell, String path, Scope.Purpose purpose, Map<String, Spec> drives, boolean masked, List<String> weights)
    implements RowStep {

  /** Rows to check a step with; no other extent of a model is likely to be this one. */
  private static final int PROBE = 10_007;

  /** Records the step to check it, and declares on the scope's tape what it declares. */
  static DenseStep of(DenseCell cell, Scope p, Map<String, Spec> drives, boolean masked) {
    var step = new DenseStep(cell, p.path(), p.purpose(), drives, masked, List.of());
    var recorded = step.traced(p.tape().type(), PROBE);
    step.check(recorded);
    var paths = new ArrayList<String>();
    for (var declaration : recorded.tape().declarations()) {
      p.tape().variable(declaration);
      paths.add(declaration.path());
    }
    return new DenseStep(cell, p.path(), p.purpose(), drives, masked, List.copyOf(paths));
  }

  @Override
  public Recorded at(DType type, int rows) {
    var traced = traced(type, rows);
    var tape = new Tape(type);
    traced.tape().inputs().forEach((name, x) -> tape.input(name, x.type(), x.shape()));
    traced.tape().variables().forEach(
        (variable, x) -> tape.input("w" + weights.indexOf(variable), x.type(), x.shape()));
    var own = new Recorded(tape, List.of());
    return new Recorded(tape, traced.on(tape, own::input, name -> own.input("w" + weights.indexOf(name))));
  }

  static String name(DenseCell cell) {
    var name = cell.getClass().getSimpleName();
    return name.isEmpty() ? "cell" : name;
  }

  static String where(DenseCell cell) {
    return name(cell) + ".step";
  }

  /** The step with its weights as variables. */
  private Recorded traced(DType type, int rows) {
    var tape = new Tape(type);
    var lanes = Shape.of(rows).append(Chunks.dims(cell.state().lanes()));
    var states = new ArrayList<Tensor>();
    for (int k = 0; k < cell.state().components(); k++) {
      states.add(tape.input("x" + k, lanes));
    }
    var byName = new LinkedHashMap<String, Tensor>();
    drives.forEach((name, drive) -> byName.put(
        name,
        tape.input(
            "u" + byName.size(),
            drive.type().isFloat() ? type : drive.type(),
            Shape.of(rows).append(Chunks.dims(drive.shape())))));
    var next =
        cell.step(new Scope(tape, path, purpose), new State(states), new Drives(byName))
            .left(where(cell), states.size(), tape);
    var outputs = new ArrayList<Tensor>();
    for (int k = 0; k < states.size(); k++) {
      var y = next.get(k);
      if (!y.shape().equals(lanes)) {
        throw new IllegalArgumentException(
            "%s: next states of shape %s for %d rows expected, %s came".formatted(where(cell), lanes, rows, y.shape()));
      }
      if (masked) {
        var mask = tape.input("u" + drives.size(), Shape.of(rows));
        for (int axis = 1; axis < lanes.rank(); axis++) {
          mask = mask.unsqueeze(-1);
        }
        y = mask.select(y, states.get(k));
      }
      outputs.add(y);
    }
    if (!tape.assignments().isEmpty()) {
      throw new IllegalArgumentException(
          "%s: no assignment expected, one of %s came; a step keeps nothing but states"
              .formatted(where(cell), tape.assignments().keySet()));
    }
    return new Recorded(tape, outputs);
  }

  /** Refuses operations by which a row would read another, or where it lies in its batch. */
  private void check(Recorded step) {
    var tape = step.tape();
    boolean[] rowed = new boolean[tape.nodes().size()];
    for (int id = 0; id < rowed.length; id++) {
      var node = tape.node(id);
      var operands = node.operands().stream().map(o -> rowed[o]).toList();
      rowed[id] = node.op() instanceof Op.Input || operands.contains(true);
      boolean leads = node.shape().rank() > 0 && node.shape().get(0) % PROBE == 0;
      if (node.op() instanceof Op.Iota(int axis) && axis == 0 && leads) {
        throw refused(node, "numbers rows");
      }
      if (rowed[id] && !(leads && apart(tape, node, operands))) {
        throw refused(node, "may let a row read another");
      }
    }
  }

  private static boolean apart(Tape tape, Node node, List<Boolean> rowed) {
    return switch (node.op()) {
      case Op.Input _, Op.Point _, Op.Reshape _, Op.Stop _ -> true;
      case Op.Broadcast() -> tape.node(node.operands().getFirst()).shape().rank() == node.shape().rank();
      case Op.Transpose(List<Integer> order) -> order.getFirst() == 0;
      case Op.Slice(int axis, int _) -> axis != 0;
      case Op.Flip(int axis) -> axis != 0;
      case Op.Concat(int axis) -> axis != 0;
      case Op.Reduce(var _, List<Integer> axes) -> !axes.contains(0);
      case Op.MatMul(boolean ta, boolean _) -> node.shape().rank() > 2 || (!ta && !rowed.get(1));
      default -> false;
    };
  }

  private IllegalArgumentException refused(Node node, String why) {
    return new IllegalArgumentException(
        "%s: operations that leave rows apart expected, %s came, which %s; put it into drive()".formatted(
            where(cell), node.op().getClass().getSimpleName().toLowerCase(Locale.ROOT), why));
  }
}
