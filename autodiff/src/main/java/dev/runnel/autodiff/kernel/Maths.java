package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import java.util.Arrays;

/**
 * The transcendental rows in primitives: one definition for every type and backend, so that the same
 * lanes get the same bits.
 *
 * <p>Straight-line code of {@link Prim}s that any vector machine has; both sides of a choice are
 * computed. Errors are the largest measured, rounded up, in units in the last place of the exact result:
 * for F32 functions of one argument at one in 37 of the 2^32 patterns (tanh and erf: at every float from
 * 2^-20), for F64 at some million random patterns and uniform numbers. Operations are counted as F32 / F64,
 * constants and bit casts not among them. NaN gives NaN. Arguments may be denormal everywhere; what
 * happens to denormal results is said where there are any.
 */
public final class Maths {
  private Maths() {}

  /** {@code 1 / sqrt(x)}: 1.5 ulp; 2 operations. */
  public static <V> V rsqrt(Arithmetic<V> m, V x) {
    return m.div(m.constant(1), m.compute(Prim.SQRT, x));
  }

  /**
   * {@code e^x}: 1.5 ulp in F32, 1.4 in F64, denormal results kept; 19 / 25 operations.
   *
   * <p>{@code x = 2 n log 2 + r}, a polynomial of degree 8 / 14 in r, and {@code 2^n} multiplied twice, which overflows
   * and underflows by itself.
   */
  public static <V> V exp(Arithmetic<V> m, V x) {
    if (m.own()) {
      return m.compute(Prim.EXP, x);
    }
    var t = MathsTables.of(m.type());
    V bounded = below(m, above(m, x, t.expLow()), t.expHigh());
    var reduced = Reduced.of(m, bounded);
    V p = m.fma(m.fma(horner(m, reduced.r, t.expWide()), reduced.r, m.constant(1)), reduced.r, m.constant(1));
    return m.mul(m.mul(p, reduced.root), reduced.root);
  }

  /** {@code e^x - 1}: 1.7 ulp in F32, 1.9 in F64, -0 kept; 22 / 28 operations. Reduced as {@link #exp}. */
  public static <V> V expm1(Arithmetic<V> m, V x) {
    if (m.own()) {
      V t = tanh(m, m.mul(x, m.constant(0.5)));
      V near = m.div(m.add(t, t), m.sub(m.constant(1), t));
      V small = m.compute(Prim.LT, m.compute(Prim.ABS, x), m.constant(1));
      return m.select(small, near, m.sub(exp(m, x), m.constant(1)));
    }
    var t = MathsTables.of(m.type());
    V bounded = below(m, above(m, x, t.expLow()), t.expHigh());
    var reduced = Reduced.of(m, bounded);
    V grown = m.mul(m.fma(horner(m, reduced.r, t.expWide()), reduced.r, m.constant(1)), reduced.r);
    V inverse = bits(m, Prim.ISUB, m.integer(2 * t.power(0)), reduced.root);
    // The difference is taken this way round, and then negated, to keep the sign of a zero.
    V offset = m.compute(Prim.NEG, m.sub(inverse, reduced.root));
    return m.mul(reduced.root, m.fma(reduced.root, grown, offset));
  }

  /**
   * {@code log x}: 1.1 ulp in F32, 1.4 in F64; -infinity at 0, NaN below; 29 / 40 operations.
   *
   * <p>{@code x = 2^e (1 + f)} with f within a third of 0, a polynomial of degree 10 / 21 in f, no division.
   */
  public static <V> V log(Arithmetic<V> m, V x) {
    if (m.own()) {
      return m.compute(Prim.LOG, x);
    }
    var t = MathsTables.of(m.type());
    int shift = t.digits() + 1;
    V tiny = m.compute(Prim.LT, x, m.constant(Math.scalb(1.0, 1 - t.bias())));
    V normal = m.select(tiny, m.mul(x, m.constant(Math.scalb(1.0, shift))), x);
    var parts = Parts.of(m, normal);
    V origin = m.select(tiny, m.constant(parts.zero + shift), m.constant(parts.zero));
    V y = logOf(m, m.sub(parts.mantissa, m.constant(1)), m.sub(origin, parts.exponent));
    return logEdges(m, x, 0, y);
  }

  /**
   * {@code log(1 + x)}: 1.8 ulp in F32, 1.9 in F64, -0 kept; -infinity at -1, NaN below; 32 / 43 operations.
   * {@link #log} of the rounded sum, what rounding lost being added to f.
   */
  public static <V> V log1p(Arithmetic<V> m, V x) {
    if (m.own()) {
      // log u, corrected by what rounding u = 1 + x lost (Goldberg 1991).
      V u = m.add(x, m.constant(1));
      V d = m.sub(u, m.constant(1));
      V plain = m.compute(Prim.MAND, m.compute(Prim.LT, m.constant(0), u), m.compute(Prim.LT, u, m.constant(1e30)));
      V exact = m.compute(Prim.EQ, d, m.constant(0));
      V y = m.select(exact, x, m.div(m.mul(log(m, u), x), m.select(exact, m.constant(1), d)));
      return m.select(plain, y, log(m, u));
    }
    var t = MathsTables.of(m.type());
    V one = m.constant(1);
    V u = m.add(x, one);
    var parts = Parts.of(m, u);
    // What the sum above lost, brought to the mantissa's scale: twice 2^-e, then a half, lest e = 128 overflow.
    V scale = bits(m, Prim.ISUB, m.integer(2 * t.power(0) + t.power(1 - t.bias())), parts.field);
    V lost = m.mul(m.sub(x, m.sub(u, one)), scale);
    V f = m.fma(lost, m.constant(0.5), m.compute(Prim.NEG, m.sub(one, parts.mantissa)));
    return logEdges(m, x, -1, logOf(m, f, m.sub(m.constant(parts.zero), parts.exponent)));
  }

  /**
   * {@code tanh x}: 5.8 ulp in F32, 2.8 in F64; odd to the bit, -0 kept, never outside [-1, 1]; 15 / 27 operations.
   *
   * <p>F32: one rational of degrees 9 and 8 for {@code |x| <= 8.3}, where it reaches 1. F64: {@code -d / (2 + d)} with
   * {@code d = e^-2|x| - 1}.
   */
  public static <V> V tanh(Arithmetic<V> m, V x) {
    if (m.own()) {
      return m.compute(Prim.TANH, x);
    }
    if (m.type() == DType.F32) {
      V c = above(m, below(m, x, MathsTables.TANH_END), -MathsTables.TANH_END);
      V y = m.mul(c, c);
      return m.div(m.mul(c, horner(m, y, MathsTables.TANH_TOP)), horner(m, y, MathsTables.TANH_BOTTOM));
    }
    V a = m.compute(Prim.ABS, x);
    var d = Decay.of(m, below(m, m.add(a, a), 40));
    // e^-2a - 1, without loss near 0
    V grown = m.mul(m.fma(d.p, d.s, m.constant(-1)), d.s);
    V e = m.fma(d.scale, grown, m.sub(d.scale, m.constant(1)));
    return withSignOf(m, x, m.div(e, m.add(e, m.constant(2))));
  }

  /**
   * {@code 1 / (1 + e^-x)}: 2.4 ulp in F32, 2.3 in F64, down to 2^-126 / 2^-1022; smaller results are 0 (below
   * x = -87.6 or -708.7); 19 / 24 operations. {@code t / (1 + t)} or {@code 1 / (1 + t)} with {@code t = e^-|x|}.
   */
  public static <V> V sigmoid(Arithmetic<V> m, V x) {
    V t = decay(m, m.compute(Prim.ABS, x));
    V top = m.select(m.compute(Prim.LT, x, m.constant(0)), t, m.constant(1));
    return m.div(top, m.add(t, m.constant(1)));
  }

  /**
   * {@code log(1 + e^x)}: 2.1 ulp in F32, 2.1 in F64, in both tails too; results below 2^-126 / 2^-1022 are 0; 29 / 45
   * operations. {@code max(x, 0) + log(1 + t)} with {@code t = e^-|x|}, the logarithm a polynomial of degree 12 / 23.
   */
  public static <V> V softplus(Arithmetic<V> m, V x) {
    if (m.own()) {
      return m.add(above(m, x, 0), log1p(m, exp(m, m.compute(Prim.NEG, m.compute(Prim.ABS, x)))));
    }
    V t = decay(m, m.compute(Prim.ABS, x));
    V ramp = above(m, x, 0);
    return m.fma(t, horner(m, t, MathsTables.of(m.type()).softplus()), ramp);
  }

  /**
   * {@code sin x} for {@code |x| < 131072} (F32) or 1e9 (F64), NaN beyond: 2.5 ulp in both, odd to the bit; 17 / 20
   * operations. Pi is taken off in three parts; polynomial of degree 11 / 17.
   */
  public static <V> V sin(Arithmetic<V> m, V x) {
    if (m.own()) {
      return m.compute(Prim.SIN, x);
    }
    var t = MathsTables.of(m.type());
    V magic = m.constant(t.magic());
    V z = m.fma(x, m.constant(1 / Math.PI), magic);
    return wave(m, x, z, m.sub(z, magic));
  }

  /** {@code cos x}, as {@link #sin}: 2.5 ulp in F32, 2.8 in F64; 19 / 22 operations. */
  public static <V> V cos(Arithmetic<V> m, V x) {
    if (m.own()) {
      return m.compute(Prim.COS, x);
    }
    var t = MathsTables.of(m.type());
    V half = m.constant(0.5);
    // cos x = -(-1)^n sin(x - (n + 1/2) pi); the odd magic number turns the sign.
    V magic = m.constant(t.magic() + 1);
    V z = m.add(m.fma(x, m.constant(1 / Math.PI), m.constant(-0.5)), magic);
    return wave(m, x, z, m.add(m.sub(z, magic), half));
  }

  /**
   * {@code 2 / sqrt(pi) int_0^x e^-t^2 dt}: 6.4 ulp in F32, 1.3 in F64; odd to the bit, never outside
   * [-1, 1]; 17 / 58 operations.
   *
   * <p>F32: one rational of degrees 11 and 10 for {@code |x| <= 3.73}, where it reaches 1. F64: a
   * polynomial of degree 23 below 1, and {@code 1 - e^(-x^2) p(1 / (x + 2))}, p of degree 14, above.
   */
  public static <V> V erf(Arithmetic<V> m, V x) {
    if (m.type() == DType.F32) {
      V c = above(m, below(m, x, MathsTables.ERF_END), -MathsTables.ERF_END);
      V y = m.mul(c, c);
      return m.div(m.mul(c, horner(m, y, MathsTables.ERF_TOP)), horner(m, y, MathsTables.ERF_BOTTOM));
    }
    V a = m.compute(Prim.ABS, x);
    V near = m.fma(horner(m, m.mul(x, x), MathsTables.ERF_NEAR), x, x);
    V c = below(m, a, 6);
    V g = horner(m, m.div(m.constant(1), m.add(c, m.constant(2))), MathsTables.ERF_FAR);
    V far = m.fma(decay(m, m.mul(c, c)), g, m.constant(-1));
    return m.select(m.compute(Prim.LT, a, m.constant(1)), near, withSignOf(m, x, far));
  }

  /**
   * {@code x^y} for {@code x >= 0}, NaN for negative x: {@code 1.8 + 0.5 |y log x|} ulp (1.8 below one, 4.7 at
   * {@code |y log x| = 10}, and in F32 never above 32); 75 / 92 operations.
   *
   * <p>{@code e^(y log x)} with log x in two parts. {@code x^0} is 1, {@code 0^y} and {@code infinity^y} are 0 or
   * infinity, {@code 1^infinity} is NaN as in {@link Math#pow}; -0 counts as 0. Denormal results are kept.
   */
  public static <V> V pow(Arithmetic<V> m, V x, V y) {
    if (m.own()) {
      V power = m.compute(Prim.POW, m.compute(Prim.ABS, x), y);
      return m.select(m.compute(Prim.LT, x, m.constant(0)), m.constant(Double.NaN), power);
    }
    var t = MathsTables.of(m.type());
    int shift = t.digits() + 1;
    V zero = m.constant(0);
    V infinity = m.constant(Double.POSITIVE_INFINITY);
    V half = m.constant(-0.5);
    V tiny = m.compute(Prim.LT, x, m.constant(Math.scalb(1.0, 1 - t.bias())));
    var parts = Parts.of(m, m.select(tiny, m.mul(x, m.constant(Math.scalb(1.0, shift))), x));
    V e = m.sub(parts.exponent, m.select(tiny, m.constant(parts.zero + shift), m.constant(parts.zero)));

    // log x = high + low
    V f = m.sub(parts.mantissa, m.constant(1));
    V square = m.mul(f, f);
    V squareLow = m.fma(f, f, m.compute(Prim.NEG, square));
    V exact = m.mul(e, m.constant(t.shortLn2()[0]));
    V first = m.add(exact, f);
    V second = m.fma(half, square, first);
    V low = m.add(m.add(m.sub(exact, first), f), m.fma(half, square, m.sub(first, second)));
    V cubic = horner(m, f, tail(t.log()));
    low = m.fma(half, squareLow, m.fma(m.mul(f, square), cubic, low));
    low = m.fma(e, m.constant(t.shortLn2()[1]), low);
    V high = m.add(second, low);
    low = m.add(m.sub(second, high), low);

    // y log x = product + rest
    V product = m.mul(y, high);
    V rest = m.fma(y, low, m.fma(y, high, m.compute(Prim.NEG, product)));
    var reduced = Reduced.of(m, product);
    V r = m.add(reduced.r, rest);
    V p = m.fma(m.fma(horner(m, r, t.expWide()), r, m.constant(1)), r, m.constant(1));
    V value = m.mul(m.mul(p, reduced.root), reduced.root);
    value = m.select(m.compute(Prim.LT, product, m.constant(t.expLow())), zero, value);
    value = m.select(m.compute(Prim.LT, m.constant(t.expHigh()), product), infinity, value);

    // x is 0, infinite or NaN
    V edge = m.compute(Prim.ABS, x);
    edge = m.select(m.compute(Prim.LT, y, zero), m.div(m.constant(1), edge), edge);
    V plain = m.compute(Prim.MAND, m.compute(Prim.LT, zero, x), m.compute(Prim.LT, x, infinity));
    value = m.select(m.compute(Prim.EQ, y, y), m.select(plain, value, edge), y);
    value = m.select(m.compute(Prim.EQ, y, zero), m.constant(1), value);
    return m.select(m.compute(Prim.LT, x, zero), m.constant(Double.NaN), value);
  }

  /** {@code e^x = e^r root^2} with {@code |r| <= log 2}, root a power of two. */
  private record Reduced<V>(V r, V root) {
    static <V> Reduced<V> of(Arithmetic<V> m, V x) {
      var t = MathsTables.of(m.type());
      V magic = m.constant(t.magic() + t.bias());
      V z = m.fma(x, m.constant(0.7213475204444817), magic);
      V n = m.sub(z, magic);
      V r = m.fma(n, m.constant(-t.twoLn2()[1]), m.fma(n, m.constant(-t.twoLn2()[0]), x));
      return new Reduced<>(r, bits(m, Prim.ISHL, z, m.integer(t.digits())));
    }
  }

  /** {@code e^-b = scale (1 - s + s^2 p)}, b not negative. */
  private record Decay<V>(V s, V p, V scale) {
    static <V> Decay<V> of(Arithmetic<V> m, V b) {
      var t = MathsTables.of(m.type());
      V magic = m.constant(t.magic() + t.bias());
      V z = m.fma(b, m.constant(-1.4426950408889634), magic);
      V n = m.sub(z, magic);
      V s = m.fma(n, m.constant(t.ln2()[1]), m.fma(n, m.constant(t.ln2()[0]), b));
      double[] turned = t.expNarrow().clone();
      for (int i = 1; i < turned.length; i += 2) {
        turned[i] = -turned[i];
      }
      return new Decay<>(s, horner(m, s, turned), bits(m, Prim.ISHL, z, m.integer(t.digits())));
    }
  }

  /** {@code e^-b}, b not negative. */
  private static <V> V decay(Arithmetic<V> m, V b) {
    if (m.own()) {
      return exp(m, m.compute(Prim.NEG, b));
    }
    var d = Decay.of(m, below(m, b, MathsTables.of(m.type()).decayEnd()));
    return m.mul(m.fma(m.fma(d.p, d.s, m.constant(-1)), d.s, m.constant(1)), d.scale);
  }

  /**
   * A positive normal number as {@code mantissa 2^e}, mantissa in [2/3, 4/3): {@code exponent} is {@code e + zero}
   * as a number, {@code field} is e in the place of the exponent's bits, with the bias.
   */
  private record Parts<V>(V mantissa, V exponent, V field, double zero) {
    static <V> Parts<V> of(Arithmetic<V> m, V x) {
      var t = MathsTables.of(m.type());
      // Two thirds, in F64 cut short: an integer constant has to be exact in a double.
      long start = t.digits() == 23 ? 0x3F2AAAABL : 0x3FE55555L << 32;
      V place = m.compute(Prim.ISUB, m.compute(Prim.BITS, x), m.integer(start - t.power(0)));
      V fraction = m.compute(Prim.IAND, place, m.integer((1L << t.digits()) - 1));
      V mantissa = m.compute(Prim.FROM_BITS, m.compute(Prim.IADD, fraction, m.integer(start)));
      V number = m.compute(Prim.IUSHR, place, m.integer(t.digits()));
      V exponent = m.compute(Prim.FROM_BITS, m.compute(Prim.IOR, number, m.integer(t.power(t.digits()))));
      V field = m.compute(Prim.FROM_BITS, m.compute(Prim.ISUB, place, fraction));
      return new Parts<>(mantissa, exponent, field, Math.scalb(1.0, t.digits()) + t.bias());
    }
  }

  /** {@code log(1 + f) - n log 2}. */
  private static <V> V logOf(Arithmetic<V> m, V f, V n) {
    V y = m.fma(m.mul(f, f), horner(m, f, MathsTables.of(m.type()).log()), f);
    return m.fma(n, m.constant(-0.6931471805599453), y);
  }

  /** A logarithm's value y, or what it is at a pole, below it, at infinity and NaN. */
  private static <V> V logEdges(Arithmetic<V> m, V x, double pole, V y) {
    V finite = m.compute(Prim.LT, x, m.constant(Double.POSITIVE_INFINITY));
    V atPole =
        m.select(
            m.compute(Prim.EQ, x, m.constant(pole)),
            m.constant(Double.NEGATIVE_INFINITY),
            m.constant(Double.NaN));
    return m.select(m.compute(Prim.LT, m.constant(pole), x), m.select(finite, y, x), atPole);
  }

  /** {@code sin(x - n pi)}, negated where z's lowest bit is set; NaN far out. */
  private static <V> V wave(Arithmetic<V> m, V x, V z, V n) {
    var t = MathsTables.of(m.type());
    V r = x;
    for (double part : t.pi()) {
      r = m.fma(n, m.constant(-part), r);
    }
    V y = m.mul(r, horner(m, m.mul(r, r), t.sin()));
    V sign = m.compute(Prim.ISHL, m.compute(Prim.BITS, z), m.integer(t.digits() == 23 ? 31 : 63));
    V near = m.compute(Prim.LT, m.compute(Prim.ABS, x), m.constant(t.sinEnd()));
    V turned = m.compute(Prim.FROM_BITS, m.compute(Prim.IXOR, m.compute(Prim.BITS, y), sign));
    return m.select(near, turned, m.constant(Double.NaN));
  }

  private static <V> V withSignOf(Arithmetic<V> m, V x, V y) {
    if (m.own()) {
      V size = m.compute(Prim.ABS, y);
      return m.select(m.compute(Prim.LT, x, m.constant(0)), m.compute(Prim.NEG, size), size);
    }
    long mask = m.type() == DType.F32 ? Integer.MIN_VALUE : Long.MIN_VALUE;
    V sign = m.compute(Prim.IAND, m.compute(Prim.BITS, x), m.integer(mask));
    V size = m.compute(Prim.BITS, m.compute(Prim.ABS, y));
    return m.compute(Prim.FROM_BITS, m.compute(Prim.IOR, size, sign));
  }

  /** {@code min(x, bound)}, NaN staying NaN. */
  private static <V> V below(Arithmetic<V> m, V x, double bound) {
    V limit = m.constant(bound);
    return m.select(m.compute(Prim.LT, limit, x), limit, x);
  }

  /** {@code max(x, bound)}, NaN staying NaN. */
  private static <V> V above(Arithmetic<V> m, V x, double bound) {
    V limit = m.constant(bound);
    return m.select(m.compute(Prim.LT, x, limit), limit, x);
  }

  private static <V> V horner(Arithmetic<V> m, V x, double[] c) {
    V y = m.constant(c[c.length - 1]);
    for (int i = c.length - 2; i >= 0; i--) {
      y = m.fma(y, x, m.constant(c[i]));
    }
    return y;
  }

  private static double[] tail(double[] c) {
    return Arrays.copyOfRange(c, 1, c.length);
  }

  /** An integer operation on bit patterns; ISHL's b is an integer, ISUB's a is. */
  private static <V> V bits(Arithmetic<V> m, Prim prim, V a, V b) {
    V left = prim == Prim.ISHL ? m.compute(Prim.BITS, a) : a;
    V right = prim == Prim.ISHL ? b : m.compute(Prim.BITS, b);
    return m.compute(Prim.FROM_BITS, m.compute(prim, left, right));
  }
}
