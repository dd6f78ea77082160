package dev.runnel.models.s4;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.blocks.Dft;
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
 * HiPPO-LegS. A step costs O(N): {@code P^* x} is all that states read of each other. {@link #kernel} is what the same
 * parameters convolve whole sequences with. C is the output map itself, not the published code's {@code C (1 -
 * A^L)}, so that parameters have no length of their own.
 *
 * <p>Inputs {@code (B, T, H)}; {@code log_dt (H)}, {@code log_A_real, A_imag (S, N/2)}, {@code B, P (S, N/2, 2)}, {@code
 * C (H, N/2, 2)}, {@code D (H)}; channel h has the spectrum h mod S. Re Lambda is below 0 whatever is learnt, and so
 * are the real parts of A's eigenvalues.
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

  /** What a step needs of the parameters: {@code dt (H, 1)} and {@code dt/2 Lambda, B, P (H, N/2)}. */
  private record Constants(Tensor dt, Complex half, Complex b, Complex p) {

    static Constants of(S4d.Modes modes, Complex p) {
      var dt = modes.logDt().exp();
      var lambda = new Complex(modes.logRe().exp().unaryMinus(), modes.im());
      return new Constants(dt, lambda.times(dt).times(0.5), modes.b(), p);
    }

    /** {@code dt/2 P^* x}, over all states, with an axis of extent 1 in place of theirs. */
    Tensor read(Complex x) {
      return p.re().times(x.re()).plus(p.im().times(x.im())).sum(-1).unsqueeze(-1).times(dt);
    }

    /** {@code (1 - dt/2 A)^-1 x}, by the formula of Sherman and Morrison. */
    Complex solved(Complex x) {
      var d = half.times(-1).plus(1).inverse();
      var rank = d.times(p);
      var alone = d.times(x);
      return alone.minus(rank.times(read(alone).div(read(rank).plus(1))));
    }

    /** {@code (1 + dt/2 A) x}. */
    Complex driven(Complex x) {
      return half.plus(1).times(x).minus(p.times(read(x)));
    }
  }

  private Constants constants(Scope p, Tensor u) {
    return Constants.of(modes.modes(p, u), modes.complex(p, "P", Hippo.legs(modes.n()).rank()));
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

  /**
   * The response to an impulse without D, {@code K_h,l = 2 Re C Abar^l Bbar}, {@code (H, L)}, from its transform at the
   * L-th roots of unity (Gu et al. 2022, Theorem 5): with {@code C' = C (1 - Abar^L)} and, over all states,
   * {@code S_xy(w) = sum_n dt x_n y_n / (1 - w - dt/2 Lambda_n (1 + w))},
   *
   * <pre>{@code
   * K^(w) = S_BC' - (1+w)/2 S_BQ S_PC' / (1 + (1+w)/2 S_PQ),   Q = conj P
   * }</pre>
   *
   * <p>This is the published quotient with {@code 2/(1+w)} taken into the sums: at {@code w = -1}, which an even L has,
   * it is finite as it stands.
   *
   * @param u inputs of the model, for their tape
   */
  public Tensor kernel(Scope p, Tensor u, int length) {
    var c = constants(p, u);
    var output = truncated(c, modes.output(p, "C"), length);
    int half = length / 2 + 1;
    var index = u.tape().iota(Shape.of(1, half, 1), 1).toFloat();
    var angle = index.times(-2 * Math.PI / length);
    var w = new Complex(angle.cos(), angle.sin());
    var cauchy = new Cauchy(w, c);
    var q = Cauchy.conjugate(c.p());
    var bc = cauchy.sum(c.b().times(output));
    var bq = cauchy.sum(c.b().times(q));
    var pc = cauchy.sum(c.p().times(output));
    var pq = cauchy.sum(c.p().times(q));
    var mean = w.plus(1).times(0.5).each(part -> part.reshape(1, half));
    var spectrum = bc.minus(mean.times(bq).times(pc).times(mean.times(pq).plus(1).inverse()));
    return Dft.inverse(whole(spectrum, length)).re();
  }

  /** Frequencies past the half are conjugates of those before it. */
  private static Complex whole(Complex half, int length) {
    if (length < 3) {
      return half.each(part -> part.slice(1, 0, length));
    }
    int last = (length + 1) / 2;
    return new Complex(
        Tensor.concat(1, half.re(), half.re().slice(1, 1, last).flip(1)),
        Tensor.concat(1, half.im(), half.im().slice(1, 1, last).flip(1).unaryMinus()));
  }

  /** Sums over states at frequencies w, {@code (H, F)}. */
  private record Cauchy(Complex w, Constants c) {

    Complex sum(Complex products) {
      return over(products, c.half()).plus(over(conjugate(products), conjugate(c.half())));
    }

    private Complex over(Complex products, Complex half) {
      var rate = half.each(part -> part.unsqueeze(1)); // (H, 1, N/2)
      var below = w.times(-1).plus(1).minus(rate.times(w.plus(1)));
      var terms = products.times(c.dt()).each(part -> part.unsqueeze(1)).times(below.inverse());
      return terms.each(part -> part.sum(-1));
    }

    private static Complex conjugate(Complex x) {
      return new Complex(x.re(), x.im().unaryMinus());
    }
  }

  /** {@code C (1 - Abar^L)}, by squaring {@code Abar} as real matrices {@code (H, N, N)} of real and imaginary parts. */
  private Complex truncated(Constants c, Complex output, int length) {
    int channels = modes.channels();
    int half = modes.n() / 2;
    // columns of (1 - dt/2 A)^-1 (1 + dt/2 A): what it makes of unit vectors, the states along the last axis
    var tape = output.re().tape();
    var unit = Shape.of(1, half, half);
    var one = tape.iota(unit, 1).equalTo(tape.iota(unit, 2)).toFloat();
    var none = one.like(0);
    var columns = new Constants(c.dt().unsqueeze(-1), each(c.half()), each(c.b()), each(c.p()));
    var ofRe = columns.solved(columns.driven(new Complex(one, none)));
    var ofIm = columns.solved(columns.driven(new Complex(none, one)));
    var shape = Shape.of(channels, half, half);
    var transposed =
        Tensor.concat(
            1,
            Tensor.concat(2, ofRe.re().broadcastTo(shape), ofRe.im().broadcastTo(shape)),
            Tensor.concat(2, ofIm.re().broadcastTo(shape), ofIm.im().broadcastTo(shape)));
    // y = 2 Re C x reads (Re x, Im x) by (Re C, -Im C)
    var read = Tensor.concat(1, output.re(), output.im().unaryMinus()).unsqueeze(-1);
    var power = transposed;
    var carried = read;
    for (int left = length; left > 0; left >>= 1) {
      carried = (left & 1) == 1 ? power.matmul(carried) : carried;
      power = left > 1 ? power.matmul(power) : power;
    }
    var rest = read.minus(carried).reshape(channels, 2 * half);
    return new Complex(rest.slice(1, 0, half), rest.slice(1, half, 2 * half).unaryMinus());
  }

  private static Complex each(Complex x) {
    return x.each(part -> part.unsqueeze(1));
  }
}
