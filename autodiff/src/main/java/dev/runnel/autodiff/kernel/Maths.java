package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import java.util.Arrays;

public final class Maths {
  private Maths() {}

  public static <V> V rsqrt(Arithmetic<V> m, V x) {
    return m.div(m.constant(1), m.compute(Prim.SQRT, x));
  }

  public static <V> V exp(Arithmetic<V> m, V x) {
    var t = MathsTables.of(m.type());
    V bounded = below(m, above(m, x, t.expLow()), t.expHigh());
    var reduced = Reduced.of(m, bounded);
    V p = m.fma(m.fma(horner(m, reduced.r, t.expWide()), reduced.r, m.constant(1)), reduced.r, m.constant(1));
    return m.mul(m.mul(p, reduced.root), reduced.root);
  }

  public static <V> V expm1(Arithmetic<V> m, V x) {
    var t = MathsTables.of(m.type());
    V bounded = below(m, above(m, x, t.expLow()), t.expHigh());
    var reduced = Reduced.of(m, bounded);
    V grown = m.mul(m.fma(horner(m, reduced.r, t.expWide()), reduced.r, m.constant(1)), reduced.r);
    V inverse = bits(m, Prim.ISUB, m.integer(2 * t.power(0)), reduced.root);
    // The difference is taken this way round, and then negated, to keep the sign of a zero.
    V offset = m.compute(Prim.NEG, m.sub(inverse, reduced.root));
    return m.mul(reduced.root, m.fma(reduced.root, grown, offset));
  }

  public static <V> V log(Arithmetic<V> m, V x) {
    var t = MathsTables.of(m.type());
    int shift = t.digits() + 1;
    V tiny = m.compute(Prim.LT, x, m.constant(Math.scalb(1.0, 1 - t.bias())));
    V normal = m.select(tiny, m.mul(x, m.constant(Math.scalb(1.0, shift))), x);
    var parts = Parts.of(m, normal);
    V origin = m.select(tiny, m.constant(parts.zero + shift), m.constant(parts.zero));
    V y = logOf(m, m.sub(parts.mantissa, m.constant(1)), m.sub(origin, parts.exponent));
    return logEdges(m, x, 0, y);
  }

  public static <V> V log1p(Arithmetic<V> m, V x) {
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

  public static <V> V tanh(Arithmetic<V> m, V x) {
    if (m.type() == DType.F32) {
      V c = above(m, below(m, x, 9.02), -9.02);
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

  public static <V> V sigmoid(Arithmetic<V> m, V x) {
    V t = decay(m, m.compute(Prim.ABS, x));
    V top = m.select(m.compute(Prim.LT, x, m.constant(0)), t, m.constant(1));
    return m.div(top, m.add(t, m.constant(1)));
  }

  public static <V> V softplus(Arithmetic<V> m, V x) {
    V t = decay(m, m.compute(Prim.ABS, x));
    V ramp = above(m, x, 0);
    return m.fma(t, horner(m, t, MathsTables.of(m.type()).softplus()), ramp);
  }

  public static <V> V sin(Arithmetic<V> m, V x) {
    var t = MathsTables.of(m.type());
    V magic = m.constant(t.magic());
    V z = m.fma(x, m.constant(1 / Math.PI), magic);
    return wave(m, x, z, m.sub(z, magic));
  }

  public static <V> V cos(Arithmetic<V> m, V x) {
    var t = MathsTables.of(m.type());
    V half = m.constant(0.5);
    // cos x = -(-1)^n sin(x - (n + 1/2) pi); the odd magic number turns the sign.
    V magic = m.constant(t.magic() + 1);
    V z = m.add(m.fma(x, m.constant(1 / Math.PI), m.constant(-0.5)), magic);
    return wave(m, x, z, m.add(m.sub(z, magic), half));
  }

  public static <V> V erf(Arithmetic<V> m, V x) {
    if (m.type() == DType.F32) {
      V c = above(m, below(m, x, 3.925), -3.925);
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

  public static <V> V pow(Arithmetic<V> m, V x, V y) {
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

    // x not positive and finite; the root of a negative number is NaN
    V edge = m.compute(Prim.ABS, m.compute(Prim.SQRT, x));
    edge = m.select(m.compute(Prim.LT, y, zero), m.div(m.constant(1), edge), edge);
    V plain = m.compute(Prim.MAND, m.compute(Prim.LT, zero, x), m.compute(Prim.LT, x, infinity));
    value = m.select(m.compute(Prim.EQ, y, y), m.select(plain, value, edge), y);
    return m.select(m.compute(Prim.EQ, y, zero), m.constant(1), value);
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
    var t = MathsTables.of(m.type());
    V y = m.fma(m.mul(f, f), horner(m, f, t.log()), f);
    return m.fma(n, m.constant(-t.ln2()[0]), y);
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
