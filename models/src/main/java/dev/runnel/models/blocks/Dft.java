package dev.runnel.models.blocks;

import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;

/**
 * Discrete Fourier transform along the last axis, {@code X_k = sum_t x_t e^(-2 pi i k t / N)}, by the factorisation of
 * Cooley and Tukey (1965): for {@code N = P M}, products with the P x P matrix of roots of unity, a twist, and
 * transforms of length M. Factors are {@value #MOST} at most, or prime: the work is {@code O(N sum of factors)}, all
 * of it matrix products; derivatives come with them. Lengths with a prime factor over {@value #LARGEST} are refused.
 */
public final class Dft {
  private static final int MOST = 32;
  private static final int LARGEST = 4096;

  private Dft() {}

  /** Forward, of any shape {@code (.., N)}. */
  public static Complex of(Complex x) {
    return along(x, -1);
  }

  /** The least power of two that is no less, for 1 and more; 1 for 0. */
  public static int powerOfTwo(int least) {
    return Integer.highestOneBit(Math.max(1, 2 * least - 1));
  }

  /** Real numbers with zeros behind them, up to a length. */
  public static Complex padded(Tensor x, int length) {
    int last = x.shape().rank() - 1;
    var zeros = x.tape().constant(x.type(), 0, x.shape().with(last, length - x.shape().last()));
    var whole = Tensor.concat(last, x, zeros);
    return new Complex(whole, whole.like(0));
  }

  /** Backward: {@code x_t = 1/N sum_k X_k e^(2 pi i k t / N)}. */
  public static Complex inverse(Complex x) {
    return along(x, 1).times(1.0 / x.re().shape().last());
  }

  private static Complex along(Complex x, int sign) {
    var shape = x.re().shape();
    int n = shape.last();
    var rows = x.each(part -> part.reshape(-1, n));
    return rows(rows, n, sign).each(part -> part.reshape(shape));
  }

  /** Of {@code (R, N)}. */
  private static Complex rows(Complex x, int n, int sign) {
    var tape = x.re().tape();
    int p = factor(n);
    if (p == n) {
      if (n > LARGEST) {
        throw new IllegalArgumentException(
            "transform: a length without prime factors over %d expected, %d is one; pad to another".formatted(LARGEST, n));
      }
      return times(x, roots(tape, Shape.of(n, n), n, sign));
    }
    int m = n / p;
    int rows = x.re().shape().get(0);
    // t = M t1 + t2, k = k1 + P k2: over t1, a twist by k1 t2, over t2
    var first = times(x.each(part -> part.reshape(rows, p, m).transpose(0, 2, 1)),
        roots(tape, Shape.of(p, p), p, sign));
    var twisted = first.times(roots(tape, Shape.of(m, p), n, sign));
    var each = rows(twisted.each(part -> part.transpose(0, 2, 1).reshape(rows * p, m)), m, sign);
    return each.each(part -> part.reshape(rows, p, m).transpose(0, 2, 1).reshape(rows, n));
  }

  /** The largest factor of n that is small enough; n itself where it has none. */
  private static int factor(int n) {
    for (int p = Math.min(MOST, n); p > 1; p--) {
      if (n % p == 0) {
        return p;
      }
    }
    return n;
  }

  /** {@code e^(sign 2 pi i j k / N)} for j and k along the axes. */
  private static Complex roots(Tape tape, Shape shape, int n, int sign) {
    // the turns are reduced in whole numbers, so that angles are within [-pi, pi] and exact to a rounding
    var turns = tape.iota(shape, 0).times(tape.iota(shape, 1)).toFloat();
    var whole = floor(turns.times(1.0 / n).plus(0.5 / n));
    var rest = turns.minus(whole.times(n));
    var near = rest.times(2).minus(n).greater(0).select(rest.minus(n), rest);
    var angle = near.times(sign * 2 * Math.PI / n);
    return new Complex(angle.cos(), angle.sin());
  }

  /** Of numbers that are not negative: cut off. */
  private static Tensor floor(Tensor x) {
    return x.toInt().toFloat();
  }

  private static Complex times(Complex x, Complex matrix) {
    return new Complex(
        x.re().matmul(matrix.re()).minus(x.im().matmul(matrix.im())),
        x.re().matmul(matrix.im()).plus(x.im().matmul(matrix.re())));
  }
}
