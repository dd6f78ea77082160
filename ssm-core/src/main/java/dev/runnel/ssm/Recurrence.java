package dev.runnel.ssm;

import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Site;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The sequential scan as an operation of the tape: {@code x_t = body(x_(t-1), u_t)} over a space {@code
 * (B, T, lanes..)}, forward or backward in time.
 *
 * <p>Operands are the components' first values {@code (B, 1, lanes..)}, then the drives; all have the
 * space's rank, and extent 1 where they don't change. Results are the components' trajectories {@code (B,
 * T + 1, lanes..)}, which hold the first value too: at position 0, or at T when time runs backward.
 *
 * <p>Its pullback is the reversed recurrence {@code lambda_t = g_t + mu_t, mu_(t-1) = J_t^T lambda_t}, itself
 * such an operation, and pointwise operations and sums on its trajectory; fusion makes them one Loop.
 *
 * @param components how many of the body's inputs {@code x0, x1, ..} are states; {@code u0, u1, ..} follow
 */
record Recurrence(Body body, Shape space, int components, boolean backward) implements Primitive {

  @Override
  public String name() {
    return backward ? "scan backward" : "scan";
  }

  private int steps() {
    return space.get(1);
  }

  @Override
  public List<Spec> results(List<Spec> operands) {
    for (var o : operands) {
      if (o.shape().rank() != space.rank() || !Shape.broadcast("scan", o.shape(), space).equals(space)) {
        throw new IllegalArgumentException(
            "scan: operands that broadcast to %s expected, %s came".formatted(space, o.shape()));
      }
    }
    return Collections.nCopies(components, new Spec(body.tape().type(), space.with(1, steps() + 1)));
  }

  @Override
  public List<@Nullable Tensor> pullback(
      List<Tensor> operands, List<Tensor> results, List<@Nullable Tensor> cotangents) {
    int t = steps();
    int before = backward ? 1 : 0;
    int after = 1 - before;
    var tape = operands.getFirst().tape();
    var slopes = new Slopes(body, components, operands.size() - components, space.range(2, space.rank()));
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
    reversed.addAll(operands.subList(components, operands.size()));
    for (var g : given) {
      reversed.add(part(g, after, after + t));
    }
    var mu = tape.call(new Recurrence(slopes.reversed(), space, components, !backward), reversed);
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
      var slope = slopes.ofDrive().get(k - components);
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

  /**
   * Vector-Jacobian products of a body, as bodies: inputs are its own and cotangents {@code l0, l1, ..} of its
   * outputs.
   */
  private record Slopes(Body body, int components, List<@Nullable Tensor> ofDrive) {
    Slopes(Body step, int components, int drives, Shape lanes) {
      this(products(step, components, drives, lanes), components, new ArrayList<>());
      for (int k = 0; k < drives; k++) {
        var slope = body.outputs().get(components + k);
        boolean flat = body.tape().node(slope.id()).op() instanceof Op.Constant(double c) && c == 0;
        ofDrive.add(flat ? null : slope);
      }
    }

    private static Body products(Body step, int components, int drives, Shape lanes) {
      var tape = new Tape(step.tape().type());
      var wrt = new ArrayList<Tensor>();
      for (int k = 0; k < components; k++) {
        wrt.add(tape.input("x" + k, lanes));
      }
      for (int k = 0; k < drives; k++) {
        wrt.add(tape.input("u" + k, lanes));
      }
      var ys = step.on(tape, name -> tape.input(name, lanes)).stream().map(y -> y.broadcastTo(lanes)).toList();
      var lambda = new ArrayList<Tensor>();
      for (int k = 0; k < components; k++) {
        lambda.add(tape.input("l" + k, lanes));
      }
      return new Body(tape, tape.gradients(ys, lambda, wrt));
    }

    /** The step of the reversed recurrence: states {@code mu}, drives x.., u.., g.. in this order. */
    Body reversed() {
      var tape = new Tape(body.tape().type());
      int drives = ofDrive.size();
      var lanes = body.outputs().getFirst().shape();
      Function<String, Tensor> at =
          name -> {
            int k = Integer.parseInt(name.substring(1));
            return switch (name.charAt(0)) {
              case 'x' -> tape.input("u" + k, lanes);
              case 'u' -> tape.input("u" + (components + k), lanes);
              default -> tape.input("u" + (components + drives + k), lanes).plus(tape.input("x" + k, lanes));
            };
          };
      return new Body(tape, body.on(tape, at, body.outputs().subList(0, components)));
    }
  }

  @Override
  public List<double[]> evaluate(List<Spec> operands, List<double[]> values) {
    int batch = space.get(0);
    int lanes = (int) space.range(2, space.rank()).size();
    int t = steps();
    var trajectories = new ArrayList<double[]>();
    var states = new ArrayList<double[]>();
    for (int k = 0; k < components; k++) {
      trajectories.add(new double[batch * (t + 1) * lanes]);
      states.add(at(operands.get(k), values.get(k), 0));
      keep(trajectories.get(k), states.get(k), backward ? t : 0, lanes);
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
        keep(trajectories.get(k), next.get(k), backward ? step : step + 1, lanes);
      }
    }
    return trajectories;
  }

  private void keep(double[] trajectory, double[] state, int position, int lanes) {
    for (int b = 0; b < space.get(0); b++) {
      System.arraycopy(state, b * lanes, trajectory, (b * (steps() + 1) + position) * lanes, lanes);
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
  public void lower(Site site) {
    var walk = site.walk(space, 1, backward);
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
    for (int k = 0; k < components; k++) {
      walk.trajectory(k, k);
    }
  }
}
