package dev.runnel.models.s4;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * S4: a state space a channel whose A is diagonal plus low rank (Gu et al. 2022, arXiv 2111.00396), by the trapezoidal
 * rule:
 *
 * <pre>{@code
 * x'(t) = A x(t) + B u(t),   A = Lambda - P P^*
 * x_t = (1 - dt/2 A)^-1 ((1 + dt/2 A) x_(t-1) + dt B u_t),   y_t = 2 Re sum_n C_n x_t,n + D u_t
 * }</pre>
 *
 * <p>N/2 of N states are kept, the others are their conjugates; {@code P^* x} is over all of them. A and B begin as
 * HiPPO-LegS. A step costs O(N): {@code P^* x} is all that states read of each other.
 * {@link #kernel(Scope, Tensor, int)} is what the same parameters convolve whole sequences with. C is the output map
 * itself, not the published code's {@code C (1 - A^L)}, so that parameters have no length of their own.
 *
 * <p>Inputs {@code (B, T, H)}; {@code log_dt (H)}, {@code log_A_real, A_imag (S, N/2)}, {@code B, P (S, N/2, 2)},
 * {@code C (H, N/2, 2)}, {@code D (H)}; channel h has the spectrum h mod S. Re Lambda is below 0 whatever is learnt,
 * and so are the real parts of A's eigenvalues.
 *
 * @param modes H, N, S and the rest, with LegS's spectrum and the trapezoidal rule
 */
public record S4(S4d modes) implements DenseCell {

  /** A spectrum for each of H channels, N states, dt from 0.001 to 0.1. */
  public S4(int channels, int n) {
    this(channels, n, channels, 0.001, 0.1);
  }

  /** As {@link S4d} has them. */
  public S4(int channels, int n, int spectra, double dtMin, double dtMax) {
    this(new S4d(channels, n, spectra, Spectrum.LEGS, Discretisation.BILINEAR, dtMin, dtMax));
  }

  private LowRank constants(Scope p, Tensor u) {
    var own = modes.modes(p, u);
    var rank = modes.complex(p, "P", () -> Hippo.legs(modes.n()).rank());
    return LowRank.of(own.logDt(), own.logRe(), own.im(), own.b(), rank);
  }

  @Override
  public StateShape state() {
    return modes.state();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    constants(p, u); // declared before the first step
    return Drives.of("u", u);
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    var c = constants(p, u.get("u"));
    return c.solved(c.driven(Complex.of(x)).plus(c.b().times(u.get("u").unsqueeze(-1)).times(c.dt()))).state();
  }

  @Override
  public Tensor readout(Scope p, State x, Drives u) {
    return modes.read(p, "C", x).plus(skip(p, u.get("u")));
  }

  /** {@code D_h u_h}. */
  Tensor skip(Scope p, Tensor u) {
    return modes.skip(p, u);
  }

  /** The response to an impulse without D, {@code (H, length)}: {@link LowRank#kernel}. */
  public Tensor kernel(Scope p, Tensor u, int length) {
    return kernel(p, "C", u, length);
  }

  /** With another C. */
  Tensor kernel(Scope p, String name, Tensor u, int length) {
    return constants(p, u).kernel(modes.output(p, name), length);
  }
}
