package dev.runnel.autodiff;

/** The error function in double, for the oracle: a power series near zero, a continued fraction beyond. */
final class Erf {
  private Erf() {}

  static double of(double x) {
    double a = Math.abs(x);
    if (Double.isNaN(x) || a > 6) {
      return Double.isNaN(x) ? x : Math.copySign(1, x);
    }
    return Math.copySign(a < 2.5 ? series(a) : 1 - tail(a), x);
  }

  /** {@code 2 / sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1) / (1 3 5 .. (2n+1))}: all terms positive. */
  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; term > sum * 1e-18; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * StrictMath.exp(-x * x) * sum;
  }

  /** {@code e^(-x^2) / sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ..))))}. */
  private static double tail(double x) {
    double fraction = x;
    for (int n = 120; n > 0; n--) {
      fraction = x + n / 2.0 / fraction;
    }
    return StrictMath.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
  }
}
