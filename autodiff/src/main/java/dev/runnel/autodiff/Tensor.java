package dev.runnel.autodiff;

import dev.runnel.autodiff.kernel.Ins.Fold;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A value on a tape: a handle, no numbers. Operations record a node and return its handle; numbers come
 * when a compiled {@link Program} runs. Operands of different shapes broadcast, aligned at the last axis.
 * Axes may be negative, counted from the end. A scalar operand may be any {@link Number}.
 *
 * @param id the node's number on its tape
 */
public record Tensor(Tape tape, int id, DType type, Shape shape) {

  public Tensor plus(Tensor other) {
    return tape.point(Pointwise.ADD, this, other);
  }

  public Tensor plus(Number other) {
    return plus(like(other));
  }

  public Tensor minus(Tensor other) {
    return tape.point(Pointwise.SUB, this, other);
  }

  public Tensor minus(Number other) {
    return minus(like(other));
  }

  public Tensor times(Tensor other) {
    return tape.point(Pointwise.MUL, this, other);
  }

  public Tensor times(Number other) {
    return times(like(other));
  }

  public Tensor div(Tensor other) {
    return tape.point(Pointwise.DIV, this, other);
  }

  public Tensor div(Number other) {
    return div(like(other));
  }

  public Tensor unaryMinus() {
    return type == DType.I32 ? like(0).minus(this) : tape.point(Pointwise.NEG, this);
  }

  public Tensor abs() {
    return tape.point(Pointwise.ABS, this);
  }

  public Tensor minimum(Tensor other) {
    return tape.point(Pointwise.MIN, this, other);
  }

  public Tensor minimum(Number other) {
    return minimum(like(other));
  }

  public Tensor maximum(Tensor other) {
    return tape.point(Pointwise.MAX, this, other);
  }

  public Tensor maximum(Number other) {
    return maximum(like(other));
  }

  public Tensor sqrt() {
    return tape.point(Pointwise.SQRT, this);
  }

  /** {@code 1 / sqrt(x)}. */
  public Tensor rsqrt() {
    return tape.point(Pointwise.RSQRT, this);
  }

  public Tensor exp() {
    return tape.point(Pointwise.EXP, this);
  }

  public Tensor expm1() {
    return tape.point(Pointwise.EXPM1, this);
  }

  public Tensor log() {
    return tape.point(Pointwise.LOG, this);
  }

  public Tensor log1p() {
    return tape.point(Pointwise.LOG1P, this);
  }

  public Tensor tanh() {
    return tape.point(Pointwise.TANH, this);
  }

  /** {@code 1 / (1 + e^-x)}. */
  public Tensor sigmoid() {
    return tape.point(Pointwise.SIGMOID, this);
  }

  /** {@code log(1 + e^x)}. */
  public Tensor softplus() {
    return tape.point(Pointwise.SOFTPLUS, this);
  }

  public Tensor sin() {
    return tape.point(Pointwise.SIN, this);
  }

  public Tensor cos() {
    return tape.point(Pointwise.COS, this);
  }

  public Tensor erf() {
    return tape.point(Pointwise.ERF, this);
  }

  /** {@code x^y} for {@code x >= 0}. */
  public Tensor pow(Tensor exponent) {
    return tape.point(Pointwise.POW, this, exponent);
  }

  public Tensor pow(Number exponent) {
    return pow(like(exponent));
  }

  public Tensor relu() {
    return tape.point(Pointwise.RELU, this);
  }

  /** {@code x sigmoid(x)}. */
  public Tensor silu() {
    return times(sigmoid());
  }

  /** {@code x/2 (1 + erf(x / sqrt 2))}, the exact form. */
  public Tensor gelu() {
    return times(times(Math.sqrt(0.5)).erf().plus(1)).times(0.5);
  }

  /** 1 where this is less, else 0. */
  public Tensor less(Tensor other) {
    return tape.point(Pointwise.LESS, this, other);
  }

  public Tensor less(Number other) {
    return less(like(other));
  }

  public Tensor greater(Number other) {
    return like(other).less(this);
  }

  /** 1 where equal, else 0. */
  public Tensor equalTo(Tensor other) {
    return tape.point(Pointwise.EQUAL, this, other);
  }

  public Tensor equalTo(Number other) {
    return equalTo(like(other));
  }

  /** {@code this != 0 ? a : b}. */
  public Tensor select(Tensor a, Tensor b) {
    return tape.point(Pointwise.SELECT, this, a, b);
  }

  public Tensor select(Tensor a, Number b) {
    return select(a, a.like(b));
  }

  public Tensor select(Number a, Tensor b) {
    return select(b.like(a), b);
  }

  /** This I32 tensor as numbers of the tape's type. */
  public Tensor toFloat() {
    return type == DType.I32 ? tape.point(Pointwise.TO_FLOAT, this) : this;
  }

  /** Rounded towards zero. */
  public Tensor toInt() {
    return type == DType.I32 ? this : tape.point(Pointwise.TO_INT, this);
  }

  /** A constant of this type and shape. */
  public Tensor like(Number value) {
    return tape.constant(type, value.doubleValue(), shape);
  }

  Tensor zero() {
    return like(0);
  }

  /** Sum over axes, which go; over all axes if none is named. */
  public Tensor sum(int... axes) {
    return reduce(Fold.SUM, axes);
  }

  /** Mean over axes, which go. */
  public Tensor mean(int... axes) {
    var folded = sum(axes);
    return shape.size() == 0 ? folded : folded.times(tape.share(reduced(axes).stream().map(shape::get).toList()));
  }

  /** Largest over axes, which go. */
  public Tensor max(int... axes) {
    return reduce(Fold.MAX, axes);
  }

  private Tensor reduce(Fold fold, int... axes) {
    var sorted = reduced(axes);
    var kept = new ArrayList<Integer>();
    for (int i = 0; i < shape.rank(); i++) {
      if (!sorted.contains(i)) {
        kept.add(shape.get(i));
      }
    }
    return tape.fold(fold, this, sorted).reshape(new Shape(kept));
  }

  private List<Integer> reduced(int... axes) {
    var list = axes.length == 0 ? IntStream.range(0, shape.rank()) : IntStream.of(axes).map(shape::axis);
    return list.sorted().distinct().boxed().toList();
  }

  /** The same elements in row-major order under another shape; -1 stands for what is left over. */
  public Tensor reshape(int... dims) {
    long known = 1;
    for (int d : dims) {
      known *= d == -1 ? 1 : d;
    }
    var resolved = new ArrayList<Integer>();
    for (int d : dims) {
      resolved.add(d == -1 ? (int) (shape.size() / Math.max(1, known)) : d);
    }
    return reshape(new Shape(resolved));
  }

  public Tensor reshape(Shape to) {
    return tape.reshape(this, to);
  }

  /** With an axis of extent 1 put in before {@code axis}. */
  public Tensor unsqueeze(int axis) {
    var dims = new ArrayList<>(shape.dims());
    dims.add(axis < 0 ? axis + shape.rank() + 1 : axis, 1);
    return reshape(new Shape(dims));
  }

  /** Axis {@code i} of the result is axis {@code order[i]} of this. */
  public Tensor transpose(int... order) {
    return tape.transpose(this, IntStream.of(order).map(shape::axis).boxed().toList());
  }

  /** Positions {@code from} to before {@code to} along an axis. */
  public Tensor slice(int axis, int from, int to) {
    return tape.slice(this, shape.axis(axis), from, to);
  }

  /** One position along an axis, which goes. */
  public Tensor at(int axis, int position) {
    var dims = new ArrayList<>(shape.dims());
    dims.remove(shape.axis(axis));
    return slice(axis, position, position + 1).reshape(new Shape(dims));
  }

  /** The axis walked from its end. */
  public Tensor flip(int axis) {
    return tape.flip(this, shape.axis(axis));
  }

  /** Parts laid end to end along an axis. */
  public static Tensor concat(int axis, Tensor... parts) {
    return concat(axis, List.of(parts));
  }

  public static Tensor concat(int axis, List<Tensor> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("concat: at least one part expected, none came");
    }
    return parts.getFirst().tape.concat(parts.getFirst().shape.axis(axis), parts);
  }

  /** This, repeated along new axes and axes of extent 1. */
  public Tensor broadcastTo(Shape to) {
    return tape.broadcast(this, to);
  }

  /** Summed down to a shape that broadcasts to this one: the transpose of {@link #broadcastTo}. */
  public Tensor sumTo(Shape to) {
    int fresh = shape.rank() - to.rank();
    var axes = new ArrayList<Integer>();
    for (int a = 0; a < shape.rank(); a++) {
      if (a < fresh || to.get(a - fresh) != shape.get(a)) {
        axes.add(a);
      }
    }
    return tape.fold(Fold.SUM, this, axes).reshape(to);
  }

  /** Matrix product over the last two axes: {@code (..., m, k) (k, n)} or {@code (..., m, k) (..., k, n)}. */
  public Tensor matmul(Tensor right) {
    return tape.matmul(this, false, right, false);
  }

  /** {@code this right^T}: {@code (..., m, k) (n, k)}, as a layer with weights (out, in) needs it. */
  public Tensor matmulTransposed(Tensor right) {
    return tape.matmul(this, false, right, true);
  }

  /** Rows of this: result {@code [i.., ..] = this[index[i..], ..]}; the index is I32 and in range. */
  public Tensor gather(Tensor index) {
    return tape.gather(this, index);
  }

  /** {@code e^x / sum e^x} along an axis. */
  public Tensor softmax(int axis) {
    var e = shifted(axis).exp();
    return e.div(e.kept(Fold.SUM, axis));
  }

  /** {@code x - log sum e^x} along an axis. */
  public Tensor logSoftmax(int axis) {
    var s = shifted(axis);
    return s.minus(s.exp().kept(Fold.SUM, axis).log());
  }

  private Tensor shifted(int axis) {
    return minus(stopGradient().kept(Fold.MAX, axis));
  }

  private Tensor kept(Fold fold, int axis) {
    return tape.fold(fold, this, List.of(shape.axis(axis)));
  }

  /** {@code (x - mean) / sqrt(var + epsilon)} over the last axis, without scale and shift. */
  public Tensor layerNorm(double epsilon) {
    double share = 1.0 / Math.max(1, shape.last());
    var centred = minus(kept(Fold.SUM, -1).times(share));
    var variance = centred.times(centred).kept(Fold.SUM, -1).times(share);
    return centred.times(variance.plus(epsilon).rsqrt());
  }

  /** {@code -log softmax(logits)[label]} of each row; labels are I32 of this shape without its last axis. */
  public Tensor crossEntropy(Tensor labels) {
    var chosen = tape.iota(shape, shape.rank() - 1).equalTo(labels.unsqueeze(-1));
    return chosen.select(logSoftmax(-1), 0).sum(-1).unaryMinus();
  }

  /**
   * Each element kept with probability {@code 1 - rate} and divided by it, else 0. What is kept is a
   * function of seed, site and position alone.
   *
   * @param seed I32 of one element, other at each step
   * @param site a number of this use's own
   */
  public Tensor dropout(double rate, Tensor seed, int site) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout: a rate in [0, 1) expected, " + rate + " came");
    }
    if (rate == 0) {
      return this;
    }
    var kept = tape.uniform(shape, seed, site).less(rate);
    return kept.select(zero(), times(1 / (1 - rate)));
  }

  /** This, taken for a constant by {@link Tape#gradients}. */
  public Tensor stopGradient() {
    return tape.stop(this);
  }

  @Override
  public String toString() {
    return tape.describe(id);
  }
}
