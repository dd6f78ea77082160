package dev.runnel.datasets.format;

/** One value among others in a line of text: a number, or missing. */
final class Field {
  private final Decimal.Cursor cursor = new Decimal.Cursor();

  /**
   * The number in {@code bytes[from, to)}, spaces round it allowed: NaN for an empty field, {@code ?}, {@code NaN},
   * {@code NA}, {@code null}. {@code bytes[to]} must exist and be no part of a number.
   */
  double number(byte[] bytes, int from, int to, int place) {
    int start = from;
    int end = to;
    while (start < end && space(bytes[start])) {
      start++;
    }
    while (start < end && space(bytes[end - 1])) {
      end--;
    }
    if (start == end) {
      return Double.NaN;
    }
    double value = Decimal.parse(bytes, start, cursor);
    if (cursor.end == end && !Double.isInfinite(value)) {
      return value;
    }
    if (missing(bytes, start, end)) {
      return Double.NaN;
    }
    throw new IllegalArgumentException(
        "value " + place + ": a finite number, ? or NaN expected, came '" + ByteSource.shown(bytes, start, end) + "'");
  }

  private static boolean space(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }

  private static boolean missing(byte[] bytes, int from, int to) {
    return switch (to - from) {
      case 1 -> bytes[from] == '?';
      case 2 -> is(bytes, from, "na");
      case 3 -> is(bytes, from, "nan");
      case 4 -> is(bytes, from, "null");
      default -> false;
    };
  }

  private static boolean is(byte[] bytes, int from, String word) {
    for (int i = 0; i < word.length(); i++) {
      if ((bytes[from + i] | 32) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
