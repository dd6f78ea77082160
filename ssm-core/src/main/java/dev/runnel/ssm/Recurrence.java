package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Site;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A recurrence as an operation of the tape: {@code x_t = body(x_(t-1), u_t)} over a space {@code (B, T,
 * lanes..)}, forward or backward in time. Its meaning is the sequential one, whatever the solver.
 *
 * <p>Operands are the components' first values {@code (B, 1, lanes..)}, then the drives; all have the
 * space's rank, and extent 1 where they don't change. Where a solver iterates, three results {@code (B)} follow
 * those of the components: passes (I32), the bound on the accepted steps' error, and steps finished
 * sequentially (I32).
 *
 * <p>Its pullback is the reversed recurrence {@code lambda_t = g_t + mu_t, mu_(t-1) = J_t^T lambda_t}, itself
 * such an operation, and pointwise operations and sums on its trajectory; fusion makes them one Loop.
 *
 * @param warm whether the last operands are trajectories {@code (B, T, lanes..)}, one a component, that an iterating
 *     solver begins with; they have no part in the answer and no gradient
 * @param keeps for each of the body's states {@code x0, x1, ..}, what becomes a result; its other inputs are
 *     drives {@code u0, u1, ..}
 */
record Recurrence(Body body, Shape space, List<Keep> keeps, boolean backward, Solver solver, boolean warm)
    implements Primitive {

  /** What is kept of a component. */
  enum Keep {
    /** {@code (B, T + 1, lanes..)}, with the first value at position 0, or at T when time runs backward. */
    TRAJECTORY,
    /** {@code (B, T, lanes..)}: the value after each step. */
    STEPS,
    /** {@code (B, 1, lanes..)}: the value after the last step. */
    END,
    NOTHING
  }

  /** How many results a solver that iterates adds. */
  static final int REPORTS = 3;

  Recurrence {
    keeps = List.copyOf(keeps);
  }

  /** Whole trajectories of all components. */
  static Recurrence of(Body body, Shape space, int components, boolean backward, Solver solver) {
    return new Recurrence(body, space, Collections.nCopies(components, Keep.TRAJECTORY), backward, solver, false);
  }

  /** Step by step, keeping what is asked for. */
  static Recurrence walk(Body body, Shape space, List<Keep> keeps, boolean backward) {
    return new Recurrence(body, space, keeps, backward, Solver.sequential(), false);
  }

  @Override
  public String name() {
    return backward ? "scan backward" : "scan";
  }

  int components() {
    return keeps.size();
  }

  /** The same, begun with trajectories, if its solver begins with any. */
  Recurrence withGuess() {
    return iterates() ? new Recurrence(body, space, keeps, backward, solver, true) : this;
  }

  /** The operands that the body reads as drives. */
  List<Tensor> drives(List<Tensor> operands) {
    return operands.subList(components(), operands.size() - (warm ? components() : 0));
  }

  boolean iterates() {
    return !(solver instanceof Solver.Sequential) && !backward && !body.linear(components());
  }

  private int steps() {
    return space.get(1);
  }

  /** Records parts of the body over the whole sequence, from the states before each step. */
  List<Tensor> on(List<Tensor> wanted, List<Tensor> before, List<Tensor> operands) {
    Function<String, Tensor> inputs =
        name -> {
          int k = Integer.parseInt(name.substring(1));
          return name.charAt(0) == 'x' ? before.get(k) : operands.get(before.size() + k);
        };
    return body.on(before.getFirst().tape(), inputs, wanted).stream().map(x -> x.broadcastTo(space)).toList();
  }

  @Override
  public List<Spec> results(List<Spec> operands) {
    for (var o : operands) {
      if (o.shape().rank() != space.rank() || !Shape.broadcast("scan", o.shape(), space).equals(space)) {
        throw new IllegalArgumentException(
            "scan: operands that broadcast to %s expected, %s came".formatted(space, o.shape()));
      }
    }
    var specs = new ArrayList<Spec>();
    for (var keep : keeps) {
      if (keep != Keep.NOTHING) {
        specs.add(new Spec(body.tape().type(), space.with(1, kept(keep))));
      }
    }
    if (iterates()) {
      var rows = Shape.of(space.get(0));
      specs.addAll(
          List.of(new Spec(DType.I32, rows), new Spec(body.tape().type(), rows), new Spec(DType.I32, rows)));
    }
    return specs;
  }

  private int kept(Keep keep) {
    return switch (keep) {
      case TRAJECTORY -> steps() + 1;
      case STEPS -> steps();
      case END -> 1;
      case NOTHING -> 0;
    };
  }

  @Override
  public List<@Nullable Tensor> pullback(
      List<Tensor> operands, List<Tensor> results, List<@Nullable Tensor> cotangents) {
    if (keeps.stream().anyMatch(k -> k != Keep.TRAJECTORY)) {
      throw new IllegalStateException("scan: only whole trajectories have gradients");
    }
    int components = components();
    int t = steps();
    int before = backward ? 1 : 0;
    int after = 1 - before;
    var tape = operands.getFirst().tape();
    var slopes = new Slopes(body, components, drives(operands).size(), space.range(2, space.rank()));
    var given = new ArrayList<Tensor>();
    for (int k = 0; k < components; k++) {
      var g = cotangents.get(k);
      given.add(g == null ? results.get(k).like(0) : g);
    }
    // the reversed recurrence reads, by name: x.. states before the step, u.. drives, g.. what flows in
    var reversed = new ArrayList<Tensor>();
    var first = space.with(1, 1);
    for (int k = 0; k < components; k++) {
      reversed.add(tape.constant(tape.type(), 0, first));
    }
    for (int k = 0; k < components; k++) {
      reversed.add(results.get(k).slice(1, before, before + t));
    }
    reversed.addAll(drives(operands));
    for (var g : given) {
      reversed.add(part(g, after, after + t));
    }
    var mu = tape.call(Recurrence.of(slopes.reversed(), space, components, !backward, solver), reversed);
    var lambda = new ArrayList<Tensor>();
    for (int k = 0; k < components; k++) {
      // what the reversed scan starts a step from lies where the step of this scan arrives
      lambda.add(part(given.get(k), after, after + t).plus(mu.get(k).slice(1, after, after + t)));
    }
    Function<String, Tensor> at =
        name -> {
          int k = Integer.parseInt(name.substring(1));
          return switch (name.charAt(0)) {
            case 'x' -> results.get(k).slice(1, before, before + t);
            case 'u' -> operands.get(components + k);
            default -> lambda.get(k);
          };
        };
    var gradients = new ArrayList<@Nullable Tensor>();
    for (int k = 0; k < components; k++) {
      int start = backward ? t : 0;
      var g = part(given.get(k), start, start + 1).plus(mu.get(k).slice(1, start, start + 1));
      gradients.add(g.sumTo(operands.get(k).shape()));
    }
    for (int k = components; k < operands.size(); k++) {
      int drive = k - components;
      var slope = drive < slopes.ofDrive().size() ? slopes.ofDrive().get(drive) : null;
      gradients.add(
          slope == null
              ? null
              : slopes.body().on(tape, at, List.of(slope)).getFirst()
                  .broadcastTo(space).sumTo(operands.get(k).shape()));
    }
    return gradients;
  }

  /**
   * A stretch of time of a cotangent. A trajectory is read by slices of it, whose cotangents were laid into zeros:
   * taking the stretch out of them again keeps arrays of (B, T + 1, lanes..) from being made.
   */
  private static Tensor part(Tensor g, int from, int to) {
    var tape = g.tape();
    var node = tape.node(g.id());
    if (node.op() instanceof Op.Concat(int axis) && axis == 1) {
      int start = 0;
      for (int id : node.operands()) {
        var piece = tape.tensor(id);
        int end = start + piece.shape().get(1);
        if (start <= from && to <= end) {
          return part(piece, from - start, to - start);
        }
        start = end;
      }
    }
    if (node.op() instanceof Op.Point(Pointwise row) && row == Pointwise.ADD) {
      var terms = node.operands().stream().map(id -> part(tape.tensor(id), from, to)).toList();
      return terms.get(0).plus(terms.get(1));
    }
    return g.slice(1, from, to);
  }

  @Override
  public List<double[]> evaluate(List<Spec> operands, List<double[]> values) {
    int components = components();
    int batch = space.get(0);
    int lanes = (int) space.range(2, space.rank()).size();
    int t = steps();
    var kept = new ArrayList<double[]>();
    var states = new ArrayList<double[]>();
    for (int k = 0; k < components; k++) {
      states.add(at(operands.get(k), values.get(k), 0));
      kept.add(new double[batch * kept(keeps.get(k)) * lanes]);
      keep(kept.get(k), k, states.get(k), -1);
    }
    for (int i = 0; i < t; i++) {
      int step = backward ? t - 1 - i : i;
      var next =
          body.evaluate(
              batch * lanes,
              name -> {
                int k = Integer.parseInt(name.substring(1));
                return name.charAt(0) == 'x'
                    ? states.get(k)
                    : at(operands.get(components + k), values.get(components + k), step);
              });
      for (int k = 0; k < components; k++) {
        states.set(k, next.get(k));
        keep(kept.get(k), k, next.get(k), step);
      }
    }
    var results = new ArrayList<double[]>();
    for (int k = 0; k < components; k++) {
      if (keeps.get(k) != Keep.NOTHING) {
        results.add(kept.get(k));
      }
    }
    for (int k = 0; iterates() && k < REPORTS; k++) {
      results.add(new double[batch]);
    }
    return results;
  }

  /** Puts a component's state after a step, or before the first ({@code -1}), where it is kept. */
  private void keep(double[] result, int k, double[] state, int step) {
    int position =
        switch (keeps.get(k)) {
          case TRAJECTORY -> step < 0 ? backward ? steps() : 0 : backward ? step : step + 1;
          case STEPS -> step;
          case END -> 0;
          case NOTHING -> -1;
        };
    int lanes = state.length / space.get(0);
    for (int b = 0; position >= 0 && b < space.get(0); b++) {
      System.arraycopy(state, b * lanes, result, (b * kept(keeps.get(k)) + position) * lanes, lanes);
    }
  }

  /** One step of an operand for all rows and lanes. */
  private double[] at(Spec spec, double[] values, int step) {
    var shape = spec.shape();
    double[] out = new double[space.get(0) * (int) space.range(2, space.rank()).size()];
    for (int i = 0; i < out.length; i++) {
      int rest = i;
      int index = 0;
      int stride = 1;
      for (int d = space.rank() - 1; d >= 0; d--) {
        int position = d == 1 ? step : rest % space.get(d);
        rest = d == 1 ? rest : rest / space.get(d);
        index += shape.get(d) == 1 ? 0 : position * stride;
        stride *= shape.get(d);
      }
      out[i] = values[index];
    }
    return out;
  }

  @Override
  public @Nullable List<Tensor> expand(List<Tensor> operands) {
    if (solver instanceof Solver.Sequential) {
      return null;
    }
    return new Parallel(this, operands).results();
  }

  @Override
  public void lower(Site site) {
    var walk = site.walk(space, 1, backward);
    int components = components();
    for (int k = 0; k < components; k++) {
      walk.carry(k);
    }
    walk.body(
        step ->
            body.outputs().stream()
                .map(
                    y ->
                        step.inline(
                            body.tape(),
                            y.id(),
                            name -> {
                              int k = Integer.parseInt(name.substring(1));
                              return name.charAt(0) == 'x' ? step.carried(k) : step.operand(components + k);
                            }))
                .toList());
    int result = 0;
    for (int k = 0; k < components; k++) {
      switch (keeps.get(k)) {
        case TRAJECTORY -> walk.trajectory(result++, k);
        case STEPS -> walk.steps(result++, k);
        case END -> walk.end(result++, k);
        case NOTHING -> {}
      }
    }
  }
}
