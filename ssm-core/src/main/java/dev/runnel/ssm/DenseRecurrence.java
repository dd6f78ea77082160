package dev.runnel.ssm;

import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pass;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A recurrence whose states read each other, as an operation of the tape: a {@link Tape#repeat} over time, forward or
 * backward, of a step of all rows.
 *
 * <p>Operands are the components' first values {@code (B, lanes..)}, drives {@code (B, T, ..)} and weights; results are
 * the components after each step, {@code (B, T, lanes..)}. There is at least one step.
 *
 * <p>The pullback is the reversed recurrence {@code mu_(t-1) = J_t^T (g_t + mu_t)}, of the same kind, and one
 * vector-Jacobian product of the step over all rows and steps at once for drives and weights: a weight's gradient is
 * one product of matrices with B T rows.
 */
record DenseRecurrence(
    RowStep step, int batch, int steps, Shape lanes, int components, int drives, boolean backward)
    implements Primitive {

  @Override
  public String name() {
    return backward ? "dense scan backward" : "dense scan";
  }

  @Override
  public List<Spec> results(List<Spec> operands) {
    var specs = new ArrayList<Spec>();
    for (int k = 0; k < components; k++) {
      specs.add(new Spec(operands.get(k).type(), states()));
    }
    return specs;
  }

  private Shape states() {
    return Shape.of(batch, steps).append(Chunks.dims(lanes));
  }

  /** What a step's input of a name is, among tensors in the order of the operands. */
  private Function<String, Tensor> named(List<Tensor> operands) {
    return name -> {
      int k = Integer.parseInt(name.substring(1));
      return operands.get(k + (name.charAt(0) == 'x' ? 0 : components + (name.charAt(0) == 'u' ? 0 : drives)));
    };
  }

  @Override
  public List<Tensor> expand(List<Tensor> operands) {
    var tape = operands.getFirst().tape();
    var recorded = step.at(tape.type(), batch);
    var first = operands.subList(0, components);
    var results = tape.repeat(steps, 1, false, first, pass -> {
      var here = new ArrayList<Tensor>();
      for (int k = 0; k < operands.size(); k++) {
        var x = operands.get(k);
        here.add(
            k < components
                ? pass.carried(k)
                : k < components + drives ? dropped(pass.at(backward ? x.flip(1) : x)) : pass.whole(x));
      }
      var next = recorded.on(pass.tape(), named(here));
      return new Pass.Left(next, next.stream().map(y -> y.unsqueeze(1)).toList());
    });
    return results.subList(components, 2 * components).stream().map(y -> backward ? y.flip(1) : y).toList();
  }

  /** Without the axis of time, of extent 1. */
  private static Tensor dropped(Tensor x) {
    return x.at(1, 0);
  }

  @Override
  public List<@Nullable Tensor> pullback(
      List<Tensor> operands, List<Tensor> results, List<@Nullable Tensor> cotangents) {
    var tape = operands.getFirst().tape();
    var before = new ArrayList<Tensor>();
    var given = new ArrayList<Tensor>();
    var begin = new ArrayList<Tensor>();
    for (int k = 0; k < components; k++) {
      before.add(shifted(results.get(k), operands.get(k).unsqueeze(1), backward));
      var g = cotangents.get(k);
      given.add(g == null ? results.get(k).like(0) : g);
      begin.add(operands.get(k).like(0));
    }
    var driven = operands.subList(components, components + drives);
    var weights = operands.subList(components + drives, operands.size());
    var reversed =
        new DenseRecurrence(
            new RowStep.Reversed(step, components, drives), batch, steps, lanes, components,
            2 * components + drives, !backward);
    var back = tape.call(reversed, joined(begin, before, driven, given, weights));
    var gradients = new ArrayList<@Nullable Tensor>();
    var lambda = new ArrayList<Tensor>();
    for (int k = 0; k < components; k++) {
      var mu = back.get(k);
      gradients.add(mu.at(1, backward ? steps - 1 : 0));
      lambda.add(given.get(k).plus(shifted(mu, begin.get(k).unsqueeze(1), !backward)));
    }
    gradients.addAll(slopes(tape, joined(before, driven, weights), lambda));
    return gradients;
  }

  /** Cotangents of drives and weights, over all rows and steps at once. */
  private List<@Nullable Tensor> slopes(Tape tape, List<Tensor> read, List<Tensor> lambda) {
    var recorded = step.at(tape.type(), batch * steps);
    var floats = new ArrayList<Integer>();
    for (int k = components; k < read.size(); k++) {
      if (read.get(k).type().isFloat() && recorded.tape().inputs().containsKey(input(k))) {
        floats.add(k);
      }
    }
    var slopes =
        RowStep.slopes(recorded, own -> floats.stream().map(k -> own.input(input(k))).toList());
    var flat = new ArrayList<Tensor>();
    for (int k = 0; k < read.size(); k++) {
      flat.add(k < components + drives ? flat(read.get(k)) : read.get(k));
    }
    var values =
        slopes.on(
            tape,
            name ->
                name.charAt(0) == 'l'
                    ? flat(lambda.get(Integer.parseInt(name.substring(1))))
                    : named(flat).apply(name));
    var gradients = new ArrayList<@Nullable Tensor>();
    for (int k = components; k < read.size(); k++) {
      int at = floats.indexOf(k);
      gradients.add(at < 0 || isZero(slopes.outputs().get(at)) ? null : values.get(at).reshape(read.get(k).shape()));
    }
    return gradients;
  }

  private static boolean isZero(Tensor x) {
    return x.tape().node(x.id()).op() instanceof Op.Constant(double value) && value == 0;
  }

  private String input(int operand) {
    return operand < components + drives ? "u" + (operand - components) : "w" + (operand - components - drives);
  }

  /** Rows and steps as one axis. */
  private Tensor flat(Tensor x) {
    return x.reshape(Shape.of(batch * steps).append(Chunks.dims(x.shape().range(2, x.shape().rank()))));
  }

  /** What each step finds, of what the steps leave: one step later in time, with {@code first} at the beginning. */
  private Tensor shifted(Tensor x, Tensor first, boolean reversed) {
    return reversed
        ? Tensor.concat(1, x.slice(1, 1, steps), first)
        : Tensor.concat(1, first, x.slice(1, 0, steps - 1));
  }

  @SafeVarargs
  private static List<Tensor> joined(List<Tensor>... lists) {
    var all = new ArrayList<Tensor>();
    for (var list : lists) {
      all.addAll(list);
    }
    return all;
  }

  @Override
  public List<double[]> evaluate(List<Spec> operands, List<double[]> values) {
    return Expanded.evaluate(this, operands, values);
  }

  @Override
  public void lower(Site site) {
    throw new IllegalStateException("dense scan: expected to be written as passes before it is lowered");
  }
}
