package dev.runnel.autodiff;

import dev.runnel.autodiff.kernel.Arithmetic;
import dev.runnel.autodiff.kernel.Maths;
import dev.runnel.autodiff.kernel.Prim;
import dev.runnel.autodiff.kernel.Threefry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every elementwise operation, one row each: what it is, how it computes, and how it slopes.
 *
 * <p>A row has the plain value in double (what the oracle computes), its expansion into {@link Prim}s
 * (what every backend computes), and for each operand {@code i} the product {@code v -> (dy/dx_i) v}
 * written in tensors. That product serves forward mode ({@code dy = sum_i slope_i dx_i}), reverse mode
 * ({@code gx_i = slope_i gy}) and, being tape operations itself, every higher derivative. Masks act by
 * {@code select}, so that what is masked out may be anything. To add an operation, add a row.
 *
 * <p>I32 tensors wrap around. Comparisons give 1 and 0 in the operands' type.
 */
public enum Pointwise {
  ADD(Result.SAME, x -> x[0] + x[1], Pointwise::add, (x, y, v) -> v, (x, y, v) -> v),
  SUB(Result.SAME, x -> x[0] - x[1], Pointwise::sub, (x, y, v) -> v, (x, y, v) -> v.unaryMinus()),
  MUL(Result.SAME, x -> x[0] * x[1], Pointwise::mul, (x, y, v) -> v.times(x[1]), (x, y, v) -> v.times(x[0])),
  DIV(
      Result.FLOAT,
      x -> x[0] / x[1],
      prim(Prim.DIV),
      (x, y, v) -> v.div(x[1]),
      (x, y, v) -> v.times(y).div(x[1]).unaryMinus()),
  NEG(Result.FLOAT, x -> -x[0], prim(Prim.NEG), (x, y, v) -> v.unaryMinus()),
  ABS(Result.FLOAT, x -> Math.abs(x[0]), prim(Prim.ABS), (x, y, v) -> x[0].less(0).select(v.unaryMinus(), v)),
  MIN(
      Result.FLOAT,
      x -> Math.min(x[0], x[1]),
      prim(Prim.MIN),
      (x, y, v) -> x[1].less(x[0]).select(0, v),
      (x, y, v) -> x[1].less(x[0]).select(v, 0)),
  MAX(
      Result.FLOAT,
      x -> Math.max(x[0], x[1]),
      prim(Prim.MAX),
      (x, y, v) -> x[0].less(x[1]).select(0, v),
      (x, y, v) -> x[0].less(x[1]).select(v, 0)),
  SQRT(Result.FLOAT, x -> Math.sqrt(x[0]), prim(Prim.SQRT), (x, y, v) -> v.times(0.5).div(y)),
  /** {@code 1 / sqrt(x)}. */
  RSQRT(
      Result.FLOAT,
      x -> 1 / Math.sqrt(x[0]),
      one(Maths::rsqrt),
      (x, y, v) -> v.times(y).times(y).times(y).times(-0.5)),
  EXP(Result.FLOAT, x -> StrictMath.exp(x[0]), one(Maths::exp), (x, y, v) -> v.times(y)),
  EXPM1(Result.FLOAT, x -> StrictMath.expm1(x[0]), one(Maths::expm1), (x, y, v) -> v.times(y.plus(1))),
  LOG(Result.FLOAT, x -> StrictMath.log(x[0]), one(Maths::log), (x, y, v) -> v.div(x[0])),
  LOG1P(Result.FLOAT, x -> StrictMath.log1p(x[0]), one(Maths::log1p), (x, y, v) -> v.div(x[0].plus(1))),
  TANH(Result.FLOAT, x -> StrictMath.tanh(x[0]), one(Maths::tanh), (x, y, v) -> v.minus(v.times(y).times(y))),
  /** {@code 1 / (1 + e^-x)}. */
  SIGMOID(
      Result.FLOAT,
      x -> 1 / (1 + StrictMath.exp(-x[0])),
      one(Maths::sigmoid),
      (x, y, v) -> v.times(y.minus(y.times(y)))),
  /** {@code log(1 + e^x)}. */
  SOFTPLUS(
      Result.FLOAT,
      x -> Math.max(x[0], 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x[0]))),
      one(Maths::softplus),
      (x, y, v) -> v.times(x[0].sigmoid())),
  SIN(Result.FLOAT, x -> StrictMath.sin(x[0]), one(Maths::sin), (x, y, v) -> v.times(x[0].cos())),
  COS(Result.FLOAT, x -> StrictMath.cos(x[0]), one(Maths::cos), (x, y, v) -> v.times(x[0].sin()).unaryMinus()),
  /** The error function, {@code 2 / sqrt(pi) int_0^x e^-t^2 dt}. */
  ERF(
      Result.FLOAT,
      x -> Erf.of(x[0]),
      one(Maths::erf),
      (x, y, v) -> v.times(x[0].times(x[0]).unaryMinus().exp()).times(2 / Math.sqrt(Math.PI))),
  /** {@code x^y} for {@code x >= 0}; NaN for negative {@code x}. */
  POW(
      Result.FLOAT,
      x -> x[0] < 0 ? Double.NaN : StrictMath.pow(x[0], x[1]),
      Pointwise::both,
      (x, y, v) -> v.times(x[1]).times(x[0].pow(x[1].minus(1))),
      (x, y, v) -> x[0].less(Double.MIN_NORMAL).select(0, v.times(y).times(x[0].log()))),
  /** {@code max(x, 0)}, with slope 0 at 0. */
  RELU(Result.FLOAT, x -> x[0] < 0 ? 0 : x[0], Pointwise::relu, (x, y, v) -> y.greater(0).select(v, 0)),

  LESS(Result.SAME, x -> x[0] < x[1] ? 1 : 0, Pointwise::less, Slope.FLAT, Slope.FLAT),
  EQUAL(Result.SAME, x -> x[0] == x[1] ? 1 : 0, Pointwise::equal, Slope.FLAT, Slope.FLAT),
  /** {@code c != 0 ? a : b}; the condition is I32 or of the choices' type. */
  SELECT(
      Result.SELECT,
      x -> x[0] != 0 ? x[1] : x[2],
      Pointwise::choose,
      Slope.FLAT,
      (x, y, v) -> x[0].select(v, 0),
      (x, y, v) -> x[0].select(v.zero(), v)),

  /** An I32 tensor as numbers. */
  TO_FLOAT(Result.FLOAT, x -> x[0], prim(Prim.TO_FLOAT), Slope.FLAT),
  /** Numbers rounded towards zero. */
  TO_INT(Result.INT, x -> (int) x[0], prim(Prim.TO_INT), Slope.FLAT),
  AND(Result.INT, x -> (int) x[0] & (int) x[1], prim(Prim.IAND), Slope.FLAT, Slope.FLAT),
  XOR(Result.INT, x -> (int) x[0] ^ (int) x[1], prim(Prim.IXOR), Slope.FLAT, Slope.FLAT),
  /**
   * The first word of Threefry-2x32 with 20 rounds, key {@code (x_0, x_1)}, counter {@code (x_2, x_3)}
   * (Salmon et al. 2011).
   */
  THREEFRY(
      Result.INT,
      x -> Threefry.first((int) x[0], (int) x[1], (int) x[2], (int) x[3]),
      Threefry::first,
      Slope.FLAT,
      Slope.FLAT,
      Slope.FLAT,
      Slope.FLAT);

  /** {@code v -> (dy/dx_i) v}; null where the slope is zero everywhere. */
  @FunctionalInterface
  interface Slope {
    Slope FLAT = (x, y, v) -> null;

    @Nullable Tensor times(Tensor[] x, Tensor y, Tensor v);
  }

  /** The value in double. */
  @FunctionalInterface
  interface Value {
    double of(double[] x);
  }

  /** The value in primitives. */
  @FunctionalInterface
  interface Expansion {
    <V> V write(Arithmetic<V> m, List<V> x);
  }

  private interface One {
    <V> V write(Arithmetic<V> m, V x);
  }

  /** What type a row gives, and takes. */
  enum Result {
    /** Operands of one type; gives it. */
    SAME,
    /** Gives the tape's floating type. */
    FLOAT,
    /** Gives I32. */
    INT,
    /** As the second and third operand. */
    SELECT
  }

  private final Result result;
  private final Value value;
  private final Expansion expansion;
  private final List<Slope> slopes;

  Pointwise(Result result, Value value, Expansion expansion, Slope... slopes) {
    this.result = result;
    this.value = value;
    this.expansion = expansion;
    this.slopes = List.of(slopes);
  }

  public int arity() {
    return slopes.size();
  }

  Result result() {
    return result;
  }

  /** The value in double, by {@link StrictMath}. */
  public double value(double... x) {
    return value.of(x);
  }

  /** Writes the row's primitives. */
  public <V> V expand(Arithmetic<V> m, List<V> x) {
    return expansion.write(m, x);
  }

  @Nullable Tensor slope(int i, Tensor[] x, Tensor y, Tensor v) {
    return slopes.get(i).times(x, y, v);
  }

  private static Expansion prim(Prim p) {
    return new Expansion() {
      @Override
      public <V> V write(Arithmetic<V> m, List<V> x) {
        return x.size() == 1 ? m.compute(p, x.get(0)) : m.compute(p, x.get(0), x.get(1));
      }
    };
  }

  private static Expansion one(One f) {
    return new Expansion() {
      @Override
      public <V> V write(Arithmetic<V> m, List<V> x) {
        return f.write(m, x.get(0));
      }
    };
  }

  private static <V> V typed(Arithmetic<V> m, Prim ints, Prim floats, List<V> x) {
    return m.compute(m.type() == DType.I32 ? ints : floats, x.get(0), x.get(1));
  }

  private static <V> V add(Arithmetic<V> m, List<V> x) {
    return typed(m, Prim.IADD, Prim.ADD, x);
  }

  private static <V> V sub(Arithmetic<V> m, List<V> x) {
    return typed(m, Prim.ISUB, Prim.SUB, x);
  }

  private static <V> V mul(Arithmetic<V> m, List<V> x) {
    return typed(m, Prim.IMUL, Prim.MUL, x);
  }

  private static <V> V both(Arithmetic<V> m, List<V> x) {
    return Maths.pow(m, x.get(0), x.get(1));
  }

  private static <V> V relu(Arithmetic<V> m, List<V> x) {
    V zero = m.constant(0);
    return m.select(m.compute(Prim.LT, x.get(0), zero), zero, x.get(0));
  }

  private static <V> V less(Arithmetic<V> m, List<V> x) {
    return truth(m, typed(m, Prim.ILT, Prim.LT, x));
  }

  private static <V> V equal(Arithmetic<V> m, List<V> x) {
    return truth(m, typed(m, Prim.IEQ, Prim.EQ, x));
  }

  private static <V> V truth(Arithmetic<V> m, V mask) {
    return m.type() == DType.I32
        ? m.compute(Prim.ISEL, mask, m.integer(1), m.integer(0))
        : m.select(mask, m.constant(1), m.constant(0));
  }

  private static <V> V choose(Arithmetic<V> m, List<V> x) {
    if (m.type() == DType.I32) {
      return m.compute(Prim.ISEL, m.compute(Prim.IEQ, x.get(0), m.integer(0)), x.get(2), x.get(1));
    }
    return m.select(m.compute(Prim.EQ, x.get(0), m.constant(0)), x.get(2), x.get(1));
  }
}
