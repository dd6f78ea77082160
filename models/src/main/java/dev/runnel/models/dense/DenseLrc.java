package dev.runnel.models.dense;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Linear;
import dev.runnel.models.lrc.Lrc.Elastance;
import dev.runnel.models.lrc.Lrc.Form;
import dev.runnel.models.lrc.Lrc.Integration;
import dev.runnel.models.lrc.Lrc.Neuron;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.Locale;

/**
 * The original LRC, STC and LTC, with a synapse from every state and input y to every state (Farsang et al. 2025,
 * equations 1 to 7):
 *
 * <pre>{@code
 * f_i = leak_i + sum_j g_ji sig(a_ji y_j + b_ji)     forget conductance
 * z_i = leak_i + sum_j k_ji sig(a_ji y_j + b_ji)     update conductance
 * r_i = v_i + sum_j w_ji y_j                         el = sig(r), or symmetric sig(r + s) - sig(r - s); 1 but in LRC
 * F = sig(f), Z = tanh(z)                            saturated (LRC, STC); F = f, Z = z (LTC)
 * x <- x + dt el (e Z - F x)                         explicit Euler
 * x <- (x + dt el e Z) / (1 + dt el F)               semi-implicit
 * }</pre>
 *
 * <p>Parameters {@code g, k, a, b (D, D)} and {@code input_g, input_k, input_a, input_b (P, D)} lie as the indices say,
 * from what is read to what reads; {@code weight_hh (D, D)} and {@code weight_ih (D, P)} are w as PyTorch has matrices,
 * {@code bias} is v. In the form PAPER, g and leak count by their absolute values: conductances are not negative.
 *
 * <p>With g, k and weight_hh diagonal, and a, b of an input alike for all states, this is the diagonal {@link
 * dev.runnel.models.lrc.Lrc} in the form CODE.
 *
 * <p>Every parameter begins uniform on {@code (-1/sqrt D, 1/sqrt D)}. A step takes D^2 sigmoids a row.
 *
 * @param d states
 */
public record DenseLrc(int d, Options options) implements DenseCell {

  /**
   * What the cell is made of.
   *
   * @param form whether conductances may have any sign
   * @param dt length of a step; 1 in the paper
   */
  public record Options(Neuron neuron, Form form, Elastance elastance, Integration integration, double dt) {
    /** The usual one beside published LrcSSM: conductances of any sign, explicit Euler. */
    public static final Options LRC =
        new Options(Neuron.LRC, Form.CODE, Elastance.ASYMMETRIC, Integration.EXPLICIT, 1);

    /** Checks the values. */
    public Options {
      if (!(dt > 0 && dt < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("dt: more than 0 expected, came " + dt);
      }
      if (neuron != Neuron.LRC && elastance != Elastance.ASYMMETRIC) {
        throw new IllegalArgumentException(
            "%s: no choice of elastance expected, which it does not have; %s came"
                .formatted(neuron, elastance).toLowerCase(Locale.ROOT));
      }
    }
  }

  /** The usual LRC. */
  public DenseLrc(int d) {
    this(d, Options.LRC);
  }

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    int inputs = u.shape().last();
    var open = synapses(p, "input_", u, inputs);
    var drives =
        Drives.of("f", open.times(conductance(p, "input_g", Shape.of(inputs, d))).sum(-2))
            .and("z", open.times(p.parameter("input_k", Shape.of(inputs, d), init())).sum(-2));
    return options.neuron() == Neuron.LRC
        ? drives.and("r", u.matmulTransposed(p.parameter("weight_ih", Shape.of(d, inputs), init())))
        : drives;
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var x = state.first();
    var open = synapses(p, "", x, d);
    var leak = conductance(p, "leak", Shape.of(d));
    var f = open.times(conductance(p, "g", Shape.of(d, d))).sum(-2).plus(u.get("f")).plus(leak);
    var z = open.times(p.parameter("k", Shape.of(d, d), init())).sum(-2).plus(u.get("z")).plus(leak);
    boolean saturated = options.neuron() != Neuron.LTC;
    var forget = saturated ? f.sigmoid() : f;
    var update = p.parameter("e", Shape.of(d), init()).times(saturated ? z.tanh() : z);
    return State.of(
        switch (options.integration()) {
          case EXPLICIT -> x.plus(length(p, update.minus(forget.times(x)), x, u));
          case SEMI_IMPLICIT -> x.plus(length(p, update, x, u)).div(length(p, forget, x, u).plus(1));
        });
  }

  /** {@code sig(a_ji y_j + b_ji)}, {@code (.., J, D)}. */
  private Tensor synapses(Scope p, String of, Tensor y, int count) {
    var shape = Shape.of(count, d);
    return y.unsqueeze(-1)
        .times(p.parameter(of + "a", shape, init()))
        .plus(p.parameter(of + "b", shape, init()))
        .sigmoid();
  }

  /** {@code dt el change}. */
  private Tensor length(Scope p, Tensor change, Tensor x, Drives u) {
    if (options.neuron() != Neuron.LRC) {
      return change.times(options.dt());
    }
    var r =
        x.matmulTransposed(p.parameter("weight_hh", Shape.of(d, d), init()))
            .plus(u.get("r"))
            .plus(p.parameter("bias", Shape.of(d), init()));
    if (options.elastance() == Elastance.ASYMMETRIC) {
      return r.sigmoid().times(change).times(options.dt());
    }
    var s = p.parameter("elastance_shift", Shape.of(d), init());
    return r.plus(s).sigmoid().minus(r.minus(s).sigmoid()).times(change).times(options.dt());
  }

  private Tensor conductance(Scope p, String name, Shape shape) {
    var g = p.parameter(name, shape, init());
    return options.form() == Form.PAPER ? g.abs() : g;
  }

  private Init init() {
    return Linear.bounded(d);
  }
}
