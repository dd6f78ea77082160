package dev.runnel.datasets.format;

import java.nio.charset.StandardCharsets;

/**
 * Reads a decimal number out of bytes, bit for bit as {@link Double#parseDouble} would.
 *
 * <p>Up to 18 digits are gathered in a long. When they stay within 2^53 and the power of ten within 10^22, both are
 * exact doubles, so one multiplication or division rounds once and is right (Clinger 1990). Anything else goes to
 * {@code parseDouble}.
 */
final class Decimal {
  private static final double[] POWERS = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
    1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  private static final long EXACT = 1L << 53;

  private Decimal() {}

  /** Where the last number read ended; one per reader. */
  static final class Cursor {
    int end;
  }

  /**
   * Reads the number that starts at {@code from}: {@code [+-] digits [. digits] [e [+-] digits]}, with a digit before
   * or behind the point. Sets {@code cursor.end} behind it, or to -1 when there is no number. The bytes must hold
   * something that is no part of a number before they end.
   */
  static double parse(byte[] bytes, int from, Cursor cursor) {
    int p = from;
    byte b = bytes[p];
    boolean negative = b == '-';
    if (negative || b == '+') {
      b = bytes[++p];
    }
    long mantissa = 0;
    int first = p;
    while (b >= '0' && b <= '9') {
      mantissa = mantissa * 10 + (b - '0');
      b = bytes[++p];
    }
    int digits = p - first;
    int fraction = 0;
    if (b == '.') {
      int point = p;
      b = bytes[++p];
      while (b >= '0' && b <= '9') {
        mantissa = mantissa * 10 + (b - '0');
        b = bytes[++p];
      }
      fraction = p - point - 1;
      digits += fraction;
    }
    if (digits == 0) {
      cursor.end = -1;
      return 0;
    }
    int exponent = 0;
    if (b == 'e' || b == 'E') {
      b = bytes[++p];
      boolean down = b == '-';
      if (down || b == '+') {
        b = bytes[++p];
      }
      int start = p;
      while (b >= '0' && b <= '9') {
        exponent = exponent > 99999 ? exponent : exponent * 10 + (b - '0');
        b = bytes[++p];
      }
      if (p == start) {
        cursor.end = -1;
        return 0;
      }
      exponent = down ? -exponent : exponent;
    }
    cursor.end = p;
    int scale = exponent - fraction;
    if (digits <= 18 && mantissa <= EXACT && scale >= -22 && scale <= 22) {
      double value = scale < 0 ? mantissa / POWERS[-scale] : mantissa * POWERS[scale];
      return negative ? -value : value;
    }
    return Double.parseDouble(new String(bytes, from, p - from, StandardCharsets.ISO_8859_1));
  }
}
