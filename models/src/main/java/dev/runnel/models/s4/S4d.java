package dev.runnel.models.s4;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.function.Supplier;

/**
 * S4D: for each channel h a diagonal state space of N states, in conjugate pairs of which one is kept (Gu et al. 2022,
 * arXiv 2206.11893):
 *
 * <pre>{@code
 * A = -exp(log_A_real) + i A_imag      dt = exp(log_dt)      z = dt A
 * x_hn <- decay(z) x_hn + dt gain(z) B_n u_h
 * y_h = 2 Re sum_n C_hn x_hn + D_h u_h
 * }</pre>
 *
 * <p>Inputs {@code (B, T, H)}; {@code log_dt (H)}, {@code log_A_real, A_imag (S, N/2)}, {@code B (S, N/2, 2)}, {@code C
 * (H, N/2, 2)}, {@code D (H)}; channel h has the spectrum h mod S. Re A is below 0 whatever is learnt, so |decay| is
 * below 1. log_dt begins uniform between the logarithms of {@code dtMin} and {@code dtMax}.
 *
 * @param channels H
 * @param n N, even
 * @param spectra S, which divides H: how many A and B there are
 */
public record S4d(
    int channels, int n, int spectra, Spectrum spectrum, Discretisation rule, double dtMin, double dtMax)
    implements Cell {

  /** Spectra of each channel's own that begin with {@link Spectrum#LEGS}, zero-order hold, dt from 0.001 to 0.1. */
  public S4d(int channels, int n) {
    this(channels, n, channels, Spectrum.LEGS, Discretisation.ZOH, 0.001, 0.1);
  }

  public S4d {
    if (n < 2 || n % 2 != 0) {
      throw new IllegalArgumentException("s4: an even number of states a channel expected, %d came".formatted(n));
    }
    if (spectra < 1 || channels % spectra != 0) {
      throw new IllegalArgumentException(
          "s4: spectra that divide the %d channels expected, %d came".formatted(channels, spectra));
    }
    if (!(dtMin > 0 && dtMin <= dtMax && Double.isFinite(dtMax))) {
      throw new IllegalArgumentException("s4: 0 < dtMin <= dtMax expected, %s and %s came".formatted(dtMin, dtMax));
    }
  }

  @Override
  public StateShape state() {
    return StateShape.of(channels, n / 2).paired();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    var modes = modes(p, u);
    var dt = modes.logDt();
    var rate = modes.logRe().plus(dt);
    var phase = modes.im().times(dt.exp());
    var gain = rule.gain(new Complex(rate.exp().unaryMinus(), phase)).times(dt.exp()).times(modes.b());
    return Drives.of("u", u.unsqueeze(-1))
        .and("rate", constant(rate))
        .and("phase", constant(phase))
        .and("b_re", constant(gain.re()))
        .and("b_im", constant(gain.im()));
  }

  /** Each channel's own: {@code log dt (H, 1)}, {@code log(-Re A)}, {@code Im A} and B, {@code (H, N/2)}. */
  record Modes(Tensor logDt, Tensor logRe, Tensor im, Complex b) {}

  Modes modes(Scope p, Tensor u) {
    if (u.shape().last() != channels) {
      throw new IllegalArgumentException(
          "s4: inputs of %d channels expected, %s came".formatted(channels, u.shape()));
    }
    var shape = Shape.of(spectra, n / 2);
    return new Modes(
        p.parameter("log_dt", Shape.of(channels), Init.uniform(Math.log(dtMin), Math.log(dtMax))).unsqueeze(-1),
        spread(p.parameter("log_A_real", shape, Spectrum.copied(() -> logged(spectrum.re(n))))),
        spread(p.parameter("A_imag", shape, Spectrum.copied(() -> spectrum.im(n)))),
        complex(p, "B", () -> spectrum.input(n)));
  }

  /** A parameter {@code (S, N/2, 2)} that begins alike in all spectra, as {@code (H, N/2)}. */
  Complex complex(Scope p, String name, Supplier<double[]> begin) {
    return Complex.packed(p.parameter(name, Shape.of(spectra, n / 2, 2), Spectrum.copied(begin))).each(this::spread);
  }

  /** {@code C (H, N/2, 2)}, whose parts are normal with variance 1/2. */
  Complex output(Scope p, String name) {
    return Complex.packed(p.parameter(name, Shape.of(channels, n / 2, 2), Init.normal(Math.sqrt(0.5))));
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    var decay = rule.decay(new Complex(u.get("rate").exp().unaryMinus(), u.get("phase")));
    return decay.times(Complex.of(x)).plus(new Complex(u.get("b_re"), u.get("b_im")).times(u.get("u"))).state();
  }

  @Override
  public Tensor readout(Scope p, State x, Drives u) {
    return read(p, "C", x).plus(skip(p, u.get("u").reshape(u.get("u").shape().range(0, 3))));
  }

  /** {@code 2 Re sum_n C_hn x_hn}. */
  Tensor read(Scope p, String name, State x) {
    return Complex.of(x).times(output(p, name)).re().sum(-1).times(2);
  }

  /** {@code D_h u_h}. */
  Tensor skip(Scope p, Tensor u) {
    return u.times(p.parameter("D", Shape.of(channels), Init.normal(1)));
  }

  private static Tensor constant(Tensor x) {
    return x.unsqueeze(0).unsqueeze(0);
  }

  /** From (S, N/2) to each channel's own, (H, N/2). */
  private Tensor spread(Tensor x) {
    return x.unsqueeze(0).broadcastTo(Shape.of(channels / spectra, spectra, n / 2)).reshape(channels, n / 2);
  }

  private static double[] logged(double[] re) {
    return java.util.Arrays.stream(re).map(v -> Math.log(-v)).toArray();
  }
}
