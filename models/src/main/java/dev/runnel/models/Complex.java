package dev.runnel.models;

import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.State;
import java.util.function.UnaryOperator;

/** A complex number of each element, as two real tensors. */
public record Complex(Tensor re, Tensor im) {
  private static final double SMALL = 0.1;
  private static final int TERMS = 9;

  /** A state of two components. */
  public static Complex of(State x) {
    return new Complex(x.first(), x.second());
  }

  /** From an array whose last axis holds real and imaginary part. */
  public static Complex packed(Tensor x) {
    return new Complex(x.at(-1, 0), x.at(-1, 1));
  }

  /** As a state of two components. */
  public State state() {
    return State.of(re, im);
  }

  /** The same done to both parts: an operation that only moves elements, or a real factor. */
  public Complex each(UnaryOperator<Tensor> change) {
    return new Complex(change.apply(re), change.apply(im));
  }

  public Complex plus(Complex other) {
    return new Complex(re.plus(other.re), im.plus(other.im));
  }

  public Complex plus(Number other) {
    return new Complex(re.plus(other), im);
  }

  public Complex minus(Complex other) {
    return new Complex(re.minus(other.re), im.minus(other.im));
  }

  public Complex times(Complex other) {
    return new Complex(
        re.times(other.re).minus(im.times(other.im)), re.times(other.im).plus(im.times(other.re)));
  }

  public Complex times(Tensor real) {
    return each(part -> part.times(real));
  }

  public Complex times(Number real) {
    return each(part -> part.times(real));
  }

  /** {@code 1 / z}. */
  public Complex inverse() {
    var size = re.times(re).plus(im.times(im));
    return new Complex(re.div(size), im.unaryMinus().div(size));
  }

  public Complex conjugate() {
    return new Complex(re, im.unaryMinus());
  }

  public Complex exp() {
    var size = re.exp();
    return new Complex(size.times(im.cos()), size.times(im.sin()));
  }

  /** Written by the real tanh, so that no size overflows. */
  public Complex tanh() {
    var t = re.tanh();
    var s = im.sin();
    var c = im.cos();
    var tt = t.times(t);
    var size = c.times(c).plus(tt.times(s).times(s));
    return new Complex(t.div(size), s.times(c).times(tt.like(1).minus(tt)).div(size));
  }

  /** {@code 1 / (1 + e^-z)}. */
  public Complex sigmoid() {
    return times(0.5).tanh().plus(1).times(0.5);
  }

  /**
   * {@code (e^z - 1) / z}, 1 at 0: by its series where |z| is small, where the quotient would lose digits. Exact to a
   * few roundings everywhere, and so is its derivative.
   */
  public Complex relativeExpm1() {
    var small = re.times(re).plus(im.times(im)).less(SMALL * SMALL);
    var near = new Complex(small.select(re, 0), small.select(im, 0));
    var far = new Complex(small.select(1, re), im);
    var a = near(near);
    var b = far(far);
    return new Complex(small.select(a.re, b.re), small.select(a.im, b.im));
  }

  private static Complex near(Complex z) {
    double factorial = 1;
    for (int k = 2; k <= TERMS; k++) {
      factorial *= k;
    }
    var sum = new Complex(z.re.like(1 / factorial), z.re.like(0));
    for (int k = TERMS; k >= 2; k--) {
      factorial /= k;
      sum = sum.times(z).plus(1 / factorial);
    }
    return sum;
  }

  private static Complex far(Complex z) {
    var grown = z.re.expm1();
    var half = z.im.times(0.5).sin();
    var e = new Complex(
        grown.times(z.im.cos()).minus(half.times(half).times(2)), grown.plus(1).times(z.im.sin()));
    return e.times(z.inverse());
  }

  /** {@code Re(this W^T)} over the last axis, for weights {@code (out, in)}. */
  public Tensor realMatmulTransposed(Complex weight) {
    return re.matmulTransposed(weight.re).minus(im.matmulTransposed(weight.im));
  }

  /** {@code x W^T} of a real {@code x}, for complex weights {@code (out, in)}. */
  public static Complex matmulTransposed(Tensor x, Complex weight) {
    return weight.each(x::matmulTransposed);
  }
}
