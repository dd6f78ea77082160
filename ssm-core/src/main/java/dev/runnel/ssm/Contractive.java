package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Another cell, held to {@code |dx_t/dx_(t-1)| <= rho} for every state and input, whatever its parameters are.
 *
 * <p>With knots {@code k_0 .. k_n} a distance h apart on {@code [-reach, reach]}, the cell's mean slopes {@code d_i =
 * (step(k_(i+1), u) - step(k_i, u)) / h}, and weights {@code w_i(x) = sig((x - k_i) / tau) - sig((x - k_(i+1)) / tau)}
 * that are positive and sum to 1 (the first and the last go on to infinity), the step is
 *
 * <pre>{@code
 * F(x, u) = step(0, u) + sum_i clip(d_i - c (d_(i+1) - 2 d_i + d_(i-1)), -rho, rho) int_0^x w_i
 * }</pre>
 *
 * <p>so that {@code dF/dx} is a mean of numbers within {@code [-rho, rho]}. c takes out what mean slopes and smooth
 * weights do to second order: where nothing is clipped, F differs from the step by {@code O(h^4)} between the knots.
 * Slopes are computed over the whole sequence, as drives; parameters get gradients through every slope that is not
 * clipped.
 *
 * <p>A step that is linear in its state needs no knots: its slope is clipped, and with two components its block is
 * scaled to a spectral norm of at most rho. A step of two components that is not linear is refused.
 *
 * @param rho more than 0 and less than 1
 * @param reach of the knots, in units of the state; beyond, the outermost slopes go on
 * @param pieces n; even
 */
public record Contractive(Cell cell, double rho, double reach, int pieces) implements Cell {
  /** tau in units of h: wider takes more smoothing, narrower makes ripples. */
  private static final double WIDTH = 0.4;

  /** Second moment of the weights, and what a mean slope adds: to be taken out. */
  private static final double CORRECTION = 1.0 / 24 + (1.0 / 12 + Math.PI * Math.PI * WIDTH * WIDTH / 3) / 2;

  private static final String SLOPE = "contractive.";

  private static final String BASE = "contractive.base";

  public Contractive {
    if (!(rho > 0 && rho < 1)) {
      throw new IllegalArgumentException("contractive: a bound between 0 and 1 expected, %s came".formatted(rho));
    }
    if (!(reach > 0 && reach < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("contractive: a reach of more than 0 expected, %s came".formatted(reach));
    }
    if (pieces < 2 || pieces % 2 != 0) {
      throw new IllegalArgumentException("contractive: an even number of pieces expected, %d came".formatted(pieces));
    }
  }

  /** With 8 pieces on [-4, 4]. */
  public static Contractive of(Cell cell, double rho) {
    return new Contractive(cell, rho, 4, 8);
  }

  @Override
  public StateShape state() {
    return cell.state();
  }

  @Override
  public Tensor readout(Scope p, State x, Drives u) {
    return cell.readout(p, x, u);
  }

  /** The cell's own drives, for its read-out, and {@code contractive.*}. */
  @Override
  public Drives drive(Scope p, Tensor u) {
    var drives = cell.drive(p, u);
    var step = new Held(Traced.of(cell, p, drives, false), drives, u.tape(), state().lanes().rank() + 2);
    int components = state().components();
    if (step.traced.body().linear(components)) {
      return components == 1 ? clipped(step) : scaled(step);
    }
    if (components == 2) {
      throw new IllegalArgumentException(
          "contractive: one component, or a step linear in its state, expected, two components that read each other"
              + " came; no bound is known for them, leave the cell as it is");
    }
    return mixed(step);
  }

  private Drives clipped(Held step) {
    var slope = clip(step.slopes(1).getFirst());
    return step.drives.and(BASE, step.at(0).getFirst()).and(SLOPE + 0, slope);
  }

  /** The block times {@code rho / max(rho, its largest singular value)}. */
  private Drives scaled(Held step) {
    var j = step.slopes(2);
    var a = j.get(0);
    var b = j.get(1);
    var c = j.get(2);
    var d = j.get(3);
    var norm = length(a.plus(d), c.minus(b)).plus(length(a.minus(d), b.plus(c))).times(0.5);
    var scale = norm.like(bound(a)).div(norm.maximum(bound(a)));
    var base = step.at(0);
    var drives = step.drives.and(BASE + 0, base.get(0)).and(BASE + 1, base.get(1));
    for (int k = 0; k < 4; k++) {
      drives = drives.and(SLOPE + k, step.ranked(j.get(k).times(scale)));
    }
    return drives;
  }

  /** With something under the root that float sees only where both are zero: there is no slope there. */
  private static Tensor length(Tensor x, Tensor y) {
    return x.times(x).plus(y.times(y)).plus(1e-30).sqrt();
  }

  private Drives mixed(Held step) {
    double h = 2 * reach / pieces;
    var values = IntStream.rangeClosed(0, pieces).mapToObj(k -> step.at(knot(k)).getFirst()).toList();
    var means = new ArrayList<Tensor>();
    for (int i = 0; i < pieces; i++) {
      means.add(values.get(i + 1).minus(values.get(i)).times(1 / h));
    }
    var base = values.get(pieces / 2);
    var drives = step.drives;
    for (int i = 0; i < pieces; i++) {
      var slope = means.get(i);
      if (i > 0 && i < pieces - 1) {
        var bend = means.get(i + 1).minus(slope).minus(slope.minus(means.get(i - 1)));
        slope = slope.minus(bend.times(CORRECTION));
      }
      slope = clip(slope);
      drives = drives.and(SLOPE + i, slope);
      base = base.minus(slope.times(area(i, 0)));
    }
    return drives.and(BASE, base);
  }

  private Tensor clip(Tensor slope) {
    return slope.minimum(bound(slope)).maximum(-bound(slope));
  }

  /** rho, less what rounding may add to a mean. */
  private double bound(Tensor like) {
    return rho * (1 - 8 * (like.tape().type() == DType.F32 ? 0x1p-23 : 0x1p-52));
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    if (state().components() == 2) {
      return State.of(row(x, u, 0), row(x, u, 1));
    }
    var y = u.get(BASE);
    if (!u.byName().containsKey(SLOPE + 1)) {
      return State.of(y.plus(u.get(SLOPE + 0).times(x.first())));
    }
    for (int i = 0; i < pieces; i++) {
      y = y.plus(u.get(SLOPE + i).times(area(i, x.first())));
    }
    return State.of(y);
  }

  private static Tensor row(State x, Drives u, int i) {
    return u.get(BASE + i)
        .plus(u.get(SLOPE + 2 * i).times(x.first()))
        .plus(u.get(SLOPE + (2 * i + 1)).times(x.second()));
  }

  private double knot(int k) {
    return (k - pieces / 2) * (2 * reach / pieces);
  }

  private double tau() {
    return WIDTH * 2 * reach / pieces;
  }

  /**
   * The integral of {@code w_i}, from the infinity that lies on the other side of 0: {@code tau log(1 + (e^(h/tau) - 1)
   * sig(z))}, a difference of two softplus without cancellation; at the ends one softplus.
   */
  private Tensor area(int i, Tensor x) {
    boolean right = i >= pieces / 2;
    if (i == 0 || i == pieces - 1) {
      var z = x.minus(knot(right ? i : 1)).times((right ? 1 : -1) / tau());
      return z.softplus().times(right ? tau() : -tau());
    }
    var z = x.minus(knot(right ? i + 1 : i)).times((right ? 1 : -1) / tau());
    return z.sigmoid().times(Math.expm1(1 / WIDTH)).log1p().times(right ? tau() : -tau());
  }

  private double area(int i, double x) {
    boolean right = i >= pieces / 2;
    if (i == 0 || i == pieces - 1) {
      double z = (x - knot(right ? i : 1)) * (right ? 1 : -1) / tau();
      return (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))) * (right ? tau() : -tau());
    }
    double z = (x - knot(right ? i + 1 : i)) * (right ? 1 : -1) / tau();
    return Math.log1p(Math.expm1(1 / WIDTH) / (1 + Math.exp(-z))) * (right ? tau() : -tau());
  }

  /** The cell's step, to be recorded over whole sequences. */
  private record Held(Traced traced, Drives drives, Tape tape, int rank) {
    /** The next state after a state whose components all are {@code x}. */
    List<Tensor> at(double x) {
      return on(traced.body().outputs(), x);
    }

    /** The Jacobian's entries, of a step that is linear in its state. */
    List<Tensor> slopes(int components) {
      return on(traced.body().jacobian(components), 0);
    }

    private List<Tensor> on(List<Tensor> wanted, double x) {
      return traced.body()
          .on(tape, name -> name.charAt(0) == 'x' ? tape.constant(x) : operand(name), wanted).stream()
          .map(this::ranked)
          .toList();
    }

    private Tensor operand(String name) {
      var of = traced.names().get(Integer.parseInt(name.substring(1)));
      var drive = drives.byName().get(of);
      var parameter = tape.variables().get(of);
      if (drive == null && parameter == null) {
        throw new IllegalStateException("contractive: a drive or parameter expected, '" + of + "' came");
      }
      return ranked(drive != null ? drive : java.util.Objects.requireNonNull(parameter));
    }

    /** With axes of extent 1 put in front. */
    Tensor ranked(Tensor x) {
      int[] dims = new int[rank];
      for (int d = 0; d < rank; d++) {
        int axis = d - rank + x.shape().rank();
        dims[d] = axis < 0 ? 1 : x.shape().get(axis);
      }
      return x.shape().rank() == rank ? x : x.reshape(Shape.of(dims));
    }
  }
}
