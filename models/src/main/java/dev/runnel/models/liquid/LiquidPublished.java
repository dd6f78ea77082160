package dev.runnel.models.liquid;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.Layer;
import dev.runnel.models.blocks.Convolution;
import dev.runnel.models.blocks.Dft;
import dev.runnel.models.blocks.LongConvolution;
import dev.runnel.ssm.Carried;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What the published code of Liquid-S4 computes in place of the paper's equations (raminmh/liquid-s4, 06031dc), for
 * comparing with its numbers. It is <b>not causal</b>: products of the last few steps are laid out in reverse order of
 * time; and rows must be of one length, for it has no masks. With S4's convolution {@code y}, {@code b} the diagonal
 * part's input map, {@code s = sum_n b_n} over all states, and {@code us_p} the products of p inputs:
 *
 * <pre>{@code
 * PB:  y += k_p Re sum_n C*_n b_n flip(us_p),   k_2 = s,  k_(p+1) = k_p^2 s
 * KB:  y += irfft_2T( fft_(T+1)(K s^(p-1)) rfft_2T(flip(us_p)) )
 * }</pre>
 *
 * <p>There the term's A, B and C are copies that are not trained: no gradient passes through them here either.
 *
 * @param cell sizes and beginnings; parameters are its and {@code P (H, N/2, 2)}
 * @param degree of the last products, 2 or more
 */
public record LiquidPublished(Liquid cell, Terms terms, int degree) implements Layer {

  /** Which of the code's kernels, on which products. */
  public enum Terms {
    /** PB on products of p of the last steps, in lexicographic order, as many as the sequence is long. */
    PB,
    /** PB on {@code us_p = us_(p-1)} times itself a step earlier. */
    PB_SHIFTED,
    /** KB on the products of {@link #PB}. */
    KB
  }

  public LiquidPublished {
    if (degree < 2 || degree > 8) {
      throw new IllegalArgumentException("liquid: a degree from 2 to 8 expected, %d came".formatted(degree));
    }
  }

  @Override
  public Tensor apply(Scope p, Tensor u, @Nullable Tensor lengths) {
    Carried.refuse(p, "the published code's products");
    if (lengths != null) {
      throw new IllegalArgumentException(
          "liquid-published: rows of one length expected, lengths came; its products are those of the last steps");
    }
    int steps = u.shape().get(1);
    var c = Complex.packed(cell.output(p));
    var kernel = cell.lowRank(p).kernel(c, steps);
    var y = LongConvolution.apply(u, kernel).plus(cell.skip(p, u.unsqueeze(-1)));
    var drives = cell.linear(p, u);
    var b = new Complex(drives.get("b_re"), drives.get("b_im")).each(part ->
        part.reshape(cell.channels(), cell.modes()).stopGradient());
    var sum = b.re().sum(-1).times(2);
    var read = b.times(c.conjugate().each(Tensor::stopGradient)).re().sum(-1).times(2);
    var products = u;
    var scale = sum;
    var spread = kernel;
    for (int degree = 2; degree <= this.degree; degree++) {
      products = terms == Terms.PB_SHIFTED ? products.times(Convolution.delayed(products, 1)) : combined(u, degree);
      var reversed = products.flip(1);
      if (terms == Terms.KB) {
        spread = spread.times(sum.unsqueeze(-1));
        y = y.plus(mixed(spread.stopGradient(), reversed));
      } else {
        y = y.plus(reversed.times(scale.times(read)));
        scale = scale.times(scale).times(sum);
      }
    }
    return y;
  }

  /** Products of {@code degree} of the last m steps, {@code (B, T, H)}: the last T of them; m is the least with as many. */
  private static Tensor combined(Tensor u, int degree) {
    int steps = u.shape().get(1);
    int m = degree;
    while (m < steps && choose(m, degree) < steps) {
      m++;
    }
    m = Math.min(m, steps);
    if (m < degree) {
      return u.times(0);
    }
    var all = products(u.slice(1, steps - m, steps), degree);
    int count = all.shape().get(1);
    var last = count > steps ? all.slice(1, count - steps, count) : all;
    int missing = steps - Math.min(count, steps);
    return Tensor.concat(1, last, u.tape().constant(u.type(), 0, u.shape().with(1, missing)));
  }

  private static double choose(int n, int k) {
    double ways = 1;
    for (int i = 1; i <= k; i++) {
      ways = ways * (n - k + i) / i;
    }
    return Math.rint(ways);
  }

  /** Of all sets of steps in lexicographic order. */
  private static Tensor products(Tensor u, int degree) {
    if (degree == 1) {
      return u;
    }
    int steps = u.shape().get(1);
    var parts = new ArrayList<Tensor>();
    for (int first = 0; first + degree <= steps; first++) {
      parts.add(u.slice(1, first, first + 1).times(products(u.slice(1, first + 1, steps), degree - 1)));
    }
    return Tensor.concat(1, parts);
  }

  /** The code's product of transforms whose frequencies differ: a kernel {@code (H, T)}, inputs {@code (B, T, H)}. */
  private static Tensor mixed(Tensor kernel, Tensor u) {
    int steps = u.shape().get(1);
    var response = Dft.of(Dft.padded(kernel, steps + 1));
    var spectrum = Dft.of(Dft.padded(u.transpose(0, 2, 1), 2 * steps)).each(part -> part.slice(2, 0, steps + 1));
    var product = spectrum.times(response);
    // the inverse of a half spectrum takes the two ends as real
    var mirrored =
        new Complex(
            Tensor.concat(2, product.re(), product.re().slice(2, 1, steps).flip(2)),
            Tensor.concat(
                2, real(product.im(), steps), product.im().slice(2, 1, steps).flip(2).unaryMinus()));
    return Dft.inverse(mirrored).re().slice(2, 0, steps).transpose(0, 2, 1);
  }

  /** With zeros at the first and the last frequency. */
  private static Tensor real(Tensor im, int steps) {
    var zero = im.slice(2, 0, 1).times(0);
    return Tensor.concat(2, zero, im.slice(2, 1, steps), zero);
  }
}
