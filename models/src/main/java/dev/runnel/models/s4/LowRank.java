package dev.runnel.models.s4;

import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.blocks.Blockwise;
import dev.runnel.models.blocks.Dft;
import java.util.ArrayList;
import java.util.List;

/**
 * A state space a channel whose A is diagonal plus low rank, {@code A = Lambda - P P^*}, taken in steps by the
 * trapezoidal rule (Gu et al. 2022, arXiv 2111.00396):
 * {@code x_t = (1 - dt/2 A)^-1 ((1 + dt/2 A) x_(t-1) + dt B u_t)}. Half of the states are kept, the others are their
 * conjugates; {@code P^* x} is over all of them.
 *
 * @param dt {@code (H, 1)}
 * @param half {@code dt/2 Lambda (H, N/2)}
 * @param b B, {@code (H, N/2)}
 * @param p P, {@code (H, N/2)}
 */
public record LowRank(Tensor dt, Complex half, Complex b, Complex p) {
  /** Roots of unity at a time: one block's poles are in memory. */
  private static final int FREQUENCIES = 256;

  /**
   * From its parameters.
   *
   * @param logRe {@code log(-Re Lambda)}
   * @param im {@code Im Lambda}
   */
  public static LowRank of(Tensor logDt, Tensor logRe, Tensor im, Complex b, Complex p) {
    var dt = logDt.exp();
    return new LowRank(dt, new Complex(logRe.exp().unaryMinus(), im).times(dt).times(0.5), b, p);
  }

  /** {@code dt/2 P^* x}, with an axis of extent 1 in place of the states'. */
  private Tensor read(Complex x) {
    return p.re().times(x.re()).plus(p.im().times(x.im())).sum(-1).unsqueeze(-1).times(dt);
  }

  /** {@code (1 - dt/2 A)^-1 x}, by the formula of Sherman and Morrison. */
  public Complex solved(Complex x) {
    var d = half.times(-1).plus(1).inverse();
    var rank = d.times(p);
    var alone = d.times(x);
    return alone.minus(rank.times(read(alone).div(read(rank).plus(1))));
  }

  /** {@code (1 + dt/2 A) x}. */
  public Complex driven(Complex x) {
    return half.plus(1).times(x).minus(p.times(read(x)));
  }

  /**
   * The response to an impulse {@code K_h,l = 2 Re C Abar^l Bbar}, {@code (H, L)}, from its transform at the
   * L-th roots of unity (Gu et al. 2022, Theorem 5), L the next power of two: with {@code C' = C (1 - Abar^L)} and,
   * over all states, {@code S_xy(w) = sum_n dt x_n y_n / (1 - w - dt/2 Lambda_n (1 + w))},
   *
   * <pre>{@code
   * K^(w) = S_BC' - (1+w)/2 S_BQ S_PC' / (1 + (1+w)/2 S_PQ),   Q = conj P
   * }</pre>
   *
   * <p>This is the published quotient with {@code 2/(1+w)} taken into the sums: at {@code w = -1}, which an even L has,
   * it is finite as it stands. Memory for the sums is that of {@value #FREQUENCIES} roots; there are no second
   * derivatives.
   *
   * @param c C, {@code (H, N/2)}
   */
  public Tensor kernel(Complex c, int length) {
    return wholeKernel(c, Dft.powerOfTwo(length)).slice(1, 0, length);
  }

  /** Of a length that is a power of two. */
  private Tensor wholeKernel(Complex c, int length) {
    var output = truncated(c, length);
    int count = length / 2 + 1;
    var q = p.conjugate();
    var products = new ArrayList<Tensor>();
    for (var product : List.of(b.times(output), b.times(q), p.times(output), p.times(q), half)) {
      products.add(product.re());
      products.add(product.im());
    }
    products.add(dt);
    int size = Math.min(FREQUENCIES, count);
    var index = Blockwise.cut(dt.tape().iota(Shape.of(1, count), 1), size);
    var parts =
        Blockwise.apply(
            "cauchy", index.shape().get(1), products, List.of(index), (whole, block) -> at(whole, block.getFirst(), length));
    var spectrum = new Complex(Blockwise.joined(parts.get(0), count), Blockwise.joined(parts.get(1), count));
    return Dft.inverse(whole(spectrum, length)).re();
  }

  /** Frequencies past the half are conjugates of those before it. */
  private static Complex whole(Complex half, int length) {
    if (length < 3) {
      return half; // all are real
    }
    return new Complex(
        Tensor.concat(1, half.re(), half.re().slice(1, 1, length / 2).flip(1)),
        Tensor.concat(1, half.im(), half.im().slice(1, 1, length / 2).flip(1).unaryMinus()));
  }

  /** The transform at some of the roots: real and imaginary parts, {@code (H, F)}. */
  private static List<Tensor> at(List<Tensor> whole, Tensor index, int length) {
    var angle = index.toFloat().times(-2 * Math.PI / length).unsqueeze(-1); // (1, F, 1)
    var w = new Complex(angle.cos(), angle.sin());
    var rate = new Complex(whole.get(8), whole.get(9));
    var dt = whole.get(10);
    var ahead = poles(rate, w);
    var behind = poles(rate.conjugate(), w);
    var sums = new ArrayList<Complex>();
    for (int k = 0; k < 8; k += 2) {
      var product = new Complex(whole.get(k), whole.get(k + 1)).times(dt);
      var both = each(product).times(ahead).plus(each(product.conjugate()).times(behind));
      sums.add(both.each(part -> part.sum(-1)));
    }
    var mean = w.plus(1).times(0.5).each(part -> part.at(-1, 0));
    var bottom = mean.times(sums.get(3)).plus(1).inverse();
    var spectrum = sums.get(0).minus(mean.times(sums.get(1)).times(sums.get(2)).times(bottom));
    return List.of(spectrum.re(), spectrum.im());
  }

  /** {@code 1 / (1 - w - rate (1 + w))}, {@code (H, F, N/2)}. */
  private static Complex poles(Complex rate, Complex w) {
    return w.times(-1).plus(1).minus(each(rate).times(w.plus(1))).inverse();
  }

  /** {@code C (1 - Abar^L)}, by squaring {@code Abar} as real matrices {@code (H, N, N)} of real and imaginary parts. */
  private Complex truncated(Complex output, int length) {
    int channels = output.re().shape().get(0);
    int n = output.re().shape().get(1);
    // columns of (1 - dt/2 A)^-1 (1 + dt/2 A): what it makes of unit vectors, the states along the last axis
    var tape = output.re().tape();
    var unit = Shape.of(1, n, n);
    var one = tape.iota(unit, 1).equalTo(tape.iota(unit, 2)).toFloat();
    var none = one.like(0);
    var columns = new LowRank(dt.unsqueeze(-1), each(half), each(b), each(p));
    var ofRe = columns.solved(columns.driven(new Complex(one, none)));
    var ofIm = columns.solved(columns.driven(new Complex(none, one)));
    var shape = Shape.of(channels, n, n);
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
    var rest = read.minus(carried).reshape(channels, 2 * n);
    return new Complex(rest.slice(1, 0, n), rest.slice(1, n, 2 * n).unaryMinus());
  }

  private static Complex each(Complex x) {
    return x.each(part -> part.unsqueeze(1));
  }
}
