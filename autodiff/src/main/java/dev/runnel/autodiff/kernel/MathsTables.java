package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;

/**
 * What {@link Maths} has to know of a floating type: its layout, limits of arguments, and coefficients,
 * lowest power first.
 *
 * <p>Polynomials interpolate at Chebyshev nodes, computed with 50 digits; F32's rationals are fitted by
 * least squares with weights that even out the error, their rounding then searched for the least error in
 * float arithmetic. Errors named below are those of the rounded
 * coefficients in exact arithmetic, relative to the function.
 *
 * @param digits bits of the significand behind the point
 * @param bias of the exponent
 * @param expLow below it {@code e^x} rounds to 0
 * @param expHigh above it {@code e^x} overflows
 * @param decayEnd at it {@code e^-b}, computed with one factor, is exactly 0
 * @param ln2 two parts of log 2; parts are cut short, not rounded, so that all are positive and -0 stays -0
 * @param twoLn2 two parts of 2 log 2
 * @param shortLn2 two parts of log 2, the first so short that its product with an exponent is exact
 * @param pi three parts of pi
 * @param sinEnd where {@code sin} and {@code cos} end
 * @param expWide {@code e^r = 1 + r + r^2 p(r)} for {@code |r| <= log 2}: 2^-28, 2^-57
 * @param expNarrow the same for {@code |r| <= log(2) / 2}: 2^-26.4, 2^-55.7
 * @param log {@code log(1 + f) = f + f^2 p(f)} for {@code |f| <= 1/3}: 2^-25.7, 2^-54.6
 * @param softplus {@code log(1 + t) = t p(t)} for t in [0, 1]: 2^-25.5, 2^-55.3
 * @param sin {@code sin r = r p(r^2)} for {@code |r| <= pi/2}: 2^-25.6, 2^-54.6
 */
record MathsTables(
    int digits,
    int bias,
    double expLow,
    double expHigh,
    double decayEnd,
    double[] ln2,
    double[] twoLn2,
    double[] shortLn2,
    double[] pi,
    double sinEnd,
    double[] expWide,
    double[] expNarrow,
    double[] log,
    double[] softplus,
    double[] sin) {

  static final MathsTables F32 =
      new MathsTables(
          23, 127, -104, 89, 88,
          new double[] {0.6931471228599548, 5.769998878690785e-8},
          new double[] {1.3862942457199097, 1.153999775738157e-7},
          new double[] {0.693145751953125, 1.4286068203094173e-6},
          new double[] {3.141592502593994, 1.5099578831723193e-7, 1.078060505991553e-14},
          131072,
          new double[] {
            0.5, 0.166666701, 0.0416666716, 0.00833277218, 0.00138883293, 0.000200742856, 2.5034391e-05
          },
          new double[] {0.5, 0.166665763, 0.0416665561, 0.00836317893, 0.0013926184},
          new double[] {
            -0.5, 0.333333194, -0.249999881, 0.200037807, -0.166701406, 0.141183093, -0.123461902, 0.134257495,
            -0.121255808
          },
          new double[] {
            1, -0.5, 0.333333135, -0.24999246, 0.199878186, -0.165636182, 0.137627095, -0.10774868, 0.0720485002,
            -0.0363171063, 0.011725341, -0.00177066261
          },
          new double[] {1, -0.166666672, 0.00833333284, -0.000198410868, 2.7536455e-06, -2.40800002e-08});

  static final MathsTables F64 =
      new MathsTables(
          52, 1023, -746, 710, 709,
          new double[] {0.6931471805599453, 2.3190468138462996e-17},
          new double[] {1.3862943611198906, 4.638093627692599e-17},
          new double[] {0.6931471805592082, 7.371002565167799e-13},
          new double[] {3.141592653589793, 1.224646799147353e-16, 2.1657133478438278e-32},
          1e9,
          new double[] {
            0.5, 0.16666666666666663, 0.041666666666666664, 0.008333333333335085, 0.0013888888888889982,
            0.0001984126983835456, 2.4801587299766367e-05, 2.755732130333927e-06, 2.755732052282738e-07,
            2.5051387605090805e-08, 2.087630673445304e-09, 1.6178899017003842e-10, 1.154562566086358e-11
          },
          new double[] {
            0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062,
            0.0013888888917213717, 0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06,
            2.7620088445409746e-07, 2.510038549551032e-08
          },
          new double[] {
            -0.5, 0.3333333333333333, -0.2500000000000141, 0.2000000000000135, -0.1666666666590747,
            0.14285714284986772, -0.1250000011976352, 0.11111111225875057, -0.09999991436909654, 0.09090900885481422,
            -0.08333663713810503, 0.07692624261959118, -0.07135411852746434, 0.0665953300542541,
            -0.06350448925617135, 0.05978589102324417, -0.047650256559680026, 0.04505895805463747,
            -0.08246332137456423, 0.07870651879422455
          },
          new double[] {
            1, -0.5, 0.33333333333333176, -0.2499999999997462, 0.19999999998361212, -0.1666666661032813,
            0.14285713092791552, -0.12499983019721868, 0.11110938960467566, -0.09998705428075007,
            0.09083470413958532, -0.08299931758127772, 0.07573035633807378, -0.06799320385322372,
            0.05858685252957079, -0.046798182549893104, 0.03327845491726436, -0.020179668043339125,
            0.009968982838076882, -0.0038046517253179694, 0.001043354876634814, -0.0001818830325500265,
            1.507843780222621e-05
          },
          new double[] {
            1, -0.16666666666666666, 0.008333333333333316, -0.00019841269841254955, 2.755731921915843e-06,
            -2.5052107616384595e-08, 1.6058977272815506e-10, -7.643969031052769e-13, 2.731428986122616e-15
          });

  /** F32: {@code tanh x = x p(x^2) / q(x^2)} up to TANH_END, where it is exactly 1. */
  static final double[] TANH_TOP = {1.47918141, 0.198398098, 0.00522636436, 3.14104545e-05, 2.10621565e-08};

  /** Beyond it F32's tanh is constant; chosen as a place where the rounded rational is 1 and was never more. */
  static final double TANH_END = 8.29353333;

  /** The same for erf. */
  static final double ERF_END = 3.72184801;

  static final double[] TANH_BOTTOM = {
    1.47918129, 0.691458523, 0.0384885147, 0.000495154352, 1.20324285e-06
  };

  /** F32: {@code erf x = x p(x^2) / q(x^2)} up to ERF_END, where it is exactly 1. */
  static final double[] ERF_TOP = {
    1.64701748, 0.237519026, 0.0724412128, 0.00396793801, 0.000418278825, 3.80376923e-06
  };

  static final double[] ERF_BOTTOM = {
    1.45963109, 0.697041512, 0.150573999, 0.0187738016, 0.00139360479, 6.40816797e-05
  };

  /** F64: {@code erf x = x + x p(x^2)} for {@code |x| < 1}: 2^-54.3. */
  static final double[] ERF_NEAR = {
    0.12837916709551256, -0.37612638903183543, 0.11283791670945006, -0.02686617064323777, 0.0052239776071164225,
    -0.0008548325975389692, 0.00012055294904839707, -1.492473690741966e-05, 1.6447424703317362e-06,
    -1.6208483801871705e-07, 1.3720064546777686e-08, -7.795898827002142e-10
  };

  /** F64: {@code erf x = 1 - e^(-x^2) p(1 / (x + 2))} for x in [1, 6]: 2^-56. */
  static final double[] ERF_FAR = {
    1.6242284740077591e-07, 0.5641771458640458, 1.1288205669506493, 1.9650380653313524, 2.965062607613792,
    1.112927254027886, 12.469269695695969, -86.0235241240357, 356.0254348102813, -1304.8727117633393,
    3393.7192897611894, -5751.745781926398, 6141.244973872164, -3802.3193399400056, 1051.4775993545124
  };

  static MathsTables of(DType type) {
    return switch (type) {
      case F32 -> F32;
      case F64 -> F64;
      case I32 -> throw new IllegalArgumentException("maths: expected F32 or F64, came I32; convert to float first");
    };
  }

  /** The bits of a power of two, {@code 2^exponent}. */
  long power(int exponent) {
    return (long) (exponent + bias) << digits;
  }

  /** The number that, added, leaves a sum's integer part in its lowest bits. */
  double magic() {
    return 1.5 * Math.scalb(1.0, digits);
  }
}
