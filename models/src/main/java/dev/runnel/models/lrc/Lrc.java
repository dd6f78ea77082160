package dev.runnel.models.lrc;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Linear;
import dev.runnel.models.Sampling;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.Locale;

/**
 * The LRC cell with a diagonal Jacobian, and its relatives STC and LTC (Farsang et al. 2025, Section 3):
 *
 * <pre>{@code
 * f = leak + f_u + w psi     z = leak + z_u + q psi     forget and update conductance
 * F = sig(f), Z = tanh(z)                               saturated (LRC, STC); F = f, Z = z (LTC)
 * x <- x + dt el (e Z - F x)                            explicit Euler
 * x <- (x + dt el e Z) / (1 + dt el F)                  semi-implicit
 * }</pre>
 *
 * <p>Inputs {@code (B, T, P)}, states {@code (B, T, D)}. psi is a sigmoid of the state, f_u and z_u come from the
 * inputs; they have two forms, for the published code differs from the paper:
 *
 * <pre>{@code
 * CODE    psi = sig(slope (x - shift))
 *         phi_j = sig(input_slope_j (u_j - input_shift_j)),  f_u = W phi,  z_u = Q phi      W, Q (D, P)
 * PAPER   psi = sig(a x + b)
 *         s = sig(W u + c),  f_u = g s,  z_u = k s                                          W (D, P)
 *         leak, g and w count by their absolute values: conductances are not negative
 * }</pre>
 *
 * <p>The elastance el, the inverse of the capacitance, makes the time constant liquid. With {@code r = kernel x +
 * bias}, plus {@code W_el u} where it reads inputs too,
 *
 * <pre>{@code
 * ASYMMETRIC sig(r)     SYMMETRIC sig(r + elastance_shift) - sig(r - elastance_shift)
 * }</pre>
 *
 * <p>and for STC and LTC it is 1.
 *
 * <p>Every parameter begins uniform on {@code (-1/sqrt D, 1/sqrt D)}, but a learnt dt at {@code dt}. Nothing holds
 * |dx_t/dx_(t-1)| below 1.
 *
 * @param d states
 */
public record Lrc(int d, Neuron neuron, Options options) implements Cell {

  /** Which of three neurons. */
  public enum Neuron {
    /** Liquid resistance, liquid capacitance. */
    LRC,
    /** Saturated liquid time constant: no elastance. */
    STC,
    /** Liquid time constant: neither elastance nor saturation. */
    LTC
  }

  /** Which of two sets of equations. */
  public enum Form {
    /** As the authors' code computes. */
    CODE,
    /** As equations 8 to 14 of the paper say. */
    PAPER
  }

  /** How elastance depends on what it reads. */
  public enum Elastance {
    ASYMMETRIC,
    SYMMETRIC
  }

  /** What elastance reads. */
  public enum ElastanceInput {
    STATE,
    STATE_AND_INPUT
  }

  /** What A and b of {@code x' = A x + b} read; what A does not read, the elastance does not read either. */
  public enum Reads {
    /** {@code A(x, u) x + b(x, u)}. */
    A_STATE_B_STATE,
    /** {@code A(u) x + b(x, u)}. */
    A_INPUT_B_STATE,
    /** {@code A(u) x + b(u)}: linear in the state. */
    A_INPUT_B_INPUT
  }

  /** How a step is taken. */
  public enum Integration {
    EXPLICIT,
    /** The decay by the new state: the hybrid of LTC's fused solver. */
    SEMI_IMPLICIT
  }

  /** Where the step's length comes from. */
  public enum Step {
    /** It is {@code dt}. */
    FIXED,
    /** {@code exp(log_dt)}, one a state. */
    LEARNT,
    /** {@code dt} times the last channel of the inputs, which nothing else reads: irregular sampling. */
    INPUT
  }

  /**
   * What the cell is made of.
   *
   * @param dt length of a step; 1 in the paper
   */
  public record Options(
      Form form, Elastance elastance, ElastanceInput elastanceInput, Reads reads, Integration integration,
      Step step, double dt) {
    /** LrcSSM as published code has it. */
    public static final Options LRC =
        new Options(
            Form.CODE, Elastance.ASYMMETRIC, ElastanceInput.STATE, Reads.A_STATE_B_STATE,
            Integration.EXPLICIT, Step.FIXED, 1);

    /** LrcSSM as the paper writes it. */
    public static final Options PAPER =
        new Options(
            Form.PAPER, Elastance.ASYMMETRIC, ElastanceInput.STATE_AND_INPUT, Reads.A_STATE_B_STATE,
            Integration.EXPLICIT, Step.FIXED, 1);

    /**
     * For LTC: conductances that are not negative and the decay by the new state, as Hasani et al. 2021 solve it, keep
     * the state from growing.
     */
    public static final Options LTC =
        new Options(
            Form.PAPER, Elastance.ASYMMETRIC, ElastanceInput.STATE, Reads.A_STATE_B_STATE, Integration.SEMI_IMPLICIT,
            Step.FIXED, 1);

    public Options {
      if (!(dt > 0 && dt < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("dt: more than 0 expected, came " + dt);
      }
    }

    public Options with(Elastance other) {
      return new Options(form, other, elastanceInput, reads, integration, step, dt);
    }

    public Options with(Reads other) {
      return new Options(form, elastance, elastanceInput, other, integration, step, dt);
    }

    public Options with(Integration other) {
      return new Options(form, elastance, elastanceInput, reads, other, step, dt);
    }

    public Options with(Step other, double length) {
      return new Options(form, elastance, elastanceInput, reads, integration, other, length);
    }

    /** Whether sequences come with the lengths of their steps. */
    public Sampling sampling() {
      return step == Step.INPUT ? Sampling.INTERVALS : Sampling.EVEN;
    }
  }

  /** An LRC neuron as published code has it. */
  public Lrc(int d) {
    this(d, Options.LRC);
  }

  /** An LRC neuron. */
  public Lrc(int d, Options options) {
    this(d, Neuron.LRC, options);
  }

  public Lrc {
    boolean chosen =
        options.elastance() != Elastance.ASYMMETRIC || options.elastanceInput() != ElastanceInput.STATE;
    if (neuron != Neuron.LRC && chosen) {
      throw new IllegalArgumentException(
          "%s: no choice of elastance expected, which it does not have; %s that reads %s came"
              .formatted(neuron, options.elastance(), options.elastanceInput()).toLowerCase(Locale.ROOT));
    }
  }

  @Override
  public StateShape state() {
    return StateShape.of(d);
  }

  @Override
  public Drives drive(Scope p, Tensor input) {
    var u = options.sampling().read(input);
    int inputs = u.shape().last();
    var drives =
        switch (options.form()) {
          case CODE -> {
            var slope = p.parameter("input_slope", Shape.of(inputs), init());
            var shift = p.parameter("input_shift", Shape.of(inputs), init());
            var phi = slope.times(u.minus(shift)).sigmoid();
            yield Drives.of("f", phi.matmulTransposed(dense(p, "W", inputs)))
                .and("z", phi.matmulTransposed(dense(p, "Q", inputs)));
          }
          case PAPER -> {
            var s = u.matmulTransposed(dense(p, "W", inputs)).plus(lane(p, "c")).sigmoid();
            yield Drives.of("f", lane(p, "g").abs().times(s)).and("z", lane(p, "k").times(s));
          }
        };
    if (options.elastanceInput() == ElastanceInput.STATE_AND_INPUT) {
      drives = drives.and("r", u.matmulTransposed(dense(p, "W_el", inputs)));
    }
    return options.step() == Step.INPUT ? drives.and("dt", options.sampling().interval(input)) : drives;
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var x = state.first();
    boolean inF = options.reads() == Reads.A_STATE_B_STATE;
    boolean inZ = options.reads() != Reads.A_INPUT_B_INPUT;
    var leak = conductance(p, "leak");
    var f = u.get("f").plus(leak);
    var z = u.get("z").plus(leak);
    if (inZ) {
      var psi = psi(p, x);
      f = inF ? f.plus(conductance(p, "w").times(psi)) : f;
      z = z.plus(lane(p, "q").times(psi));
    }
    boolean saturated = neuron != Neuron.LTC;
    var forget = saturated ? f.sigmoid() : f;
    var update = lane(p, "e").times(saturated ? z.tanh() : z);
    return State.of(
        switch (options.integration()) {
          case EXPLICIT -> x.plus(length(p, update.minus(forget.times(x)), x, u));
          case SEMI_IMPLICIT -> x.plus(length(p, update, x, u)).div(length(p, forget, x, u).plus(1));
        });
  }

  private Tensor psi(Scope p, Tensor x) {
    return switch (options.form()) {
      case CODE -> lane(p, "slope").times(x.minus(lane(p, "shift"))).sigmoid();
      case PAPER -> lane(p, "a").times(x).plus(lane(p, "b")).sigmoid();
    };
  }

  /** {@code dt el change}. */
  private Tensor length(Scope p, Tensor change, Tensor x, Drives u) {
    var rate = neuron == Neuron.LRC ? elastance(p, x, u).times(change) : change;
    return switch (options.step()) {
      case FIXED -> rate.times(options.dt());
      case LEARNT -> rate.times(p.parameter("log_dt", Shape.of(d), Init.constant(Math.log(options.dt()))).exp());
      case INPUT -> rate.times(u.get("dt").times(options.dt()));
    };
  }

  private Tensor elastance(Scope p, Tensor x, Drives u) {
    var r = lane(p, "bias").broadcastTo(x.shape());
    r = options.reads() == Reads.A_STATE_B_STATE ? lane(p, "kernel").times(x).plus(r) : r;
    r = options.elastanceInput() == ElastanceInput.STATE_AND_INPUT ? r.plus(u.get("r")) : r;
    if (options.elastance() == Elastance.ASYMMETRIC) {
      return r.sigmoid();
    }
    var s = lane(p, "elastance_shift");
    return r.plus(s).sigmoid().minus(r.minus(s).sigmoid());
  }

  private Tensor conductance(Scope p, String name) {
    return options.form() == Form.PAPER ? lane(p, name).abs() : lane(p, name);
  }

  private Tensor lane(Scope p, String name) {
    return p.parameter(name, Shape.of(d), init());
  }

  private Tensor dense(Scope p, String name, int inputs) {
    return p.parameter(name, Shape.of(d, inputs), init());
  }

  private Init init() {
    return Linear.bounded(d);
  }
}
