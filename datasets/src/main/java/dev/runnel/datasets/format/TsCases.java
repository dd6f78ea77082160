package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.Nearest;
import dev.runnel.datasets.Target;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The cases behind {@code @data}, one pass over the bytes. */
final class TsCases {
  private final ByteSource in;
  private final TsHeader header;
  private final DatasetBuilder to;
  private final boolean labelled;
  private final Map<String, Integer> labels = new HashMap<>();
  private final Decimal.Cursor cursor = new Decimal.Cursor();
  private int channels;
  private int steps;
  private int cases;
  private @Nullable Boolean dates;

  TsCases(ByteSource in, TsHeader header, DatasetBuilder to) {
    this.in = in;
    this.header = header;
    this.to = to;
    this.labelled = header.target() != Target.NONE;
    this.channels = header.channels() > 0 ? header.channels() : to.channels();
    this.steps = header.steps();
    for (String name : header.classes()) {
      labels.put(name, to.classIndex(name));
    }
  }

  void readAll() {
    while (!in.exhausted()) {
      int p = spaces(in.at);
      byte first = in.bytes[p];
      if (first == '\n' && p == in.limit) {
        throw new IllegalArgumentException("a value expected, came " + (p - in.at) + " spaces");
      }
      if (first == '\n' || first == '#' || first == '%') {
        in.skipLine();
      } else if (first == '@') {
        throw new IllegalArgumentException("a case expected behind @data, came '"
            + ByteSource.shown(in.bytes, p, Math.min(in.limit, p + 60)) + "'");
      } else {
        readCase();
      }
    }
    if (cases == 0) {
      throw new IllegalArgumentException("at least one case expected behind @data, came none");
    }
  }

  private int spaces(int from) {
    int p = from;
    while (in.bytes[p] == ' ' || in.bytes[p] == '\t' || in.bytes[p] == '\r') {
      p++;
    }
    return p;
  }

  private void readCase() {
    for (int field = 0; ; field++) {
      in.fill();
      if (labelled && field > 0 && (field == channels || isLast())) {
        finish(field);
        break;
      }
      if (channels > 0 && field == channels) {
        throw wrongCount(field + 1);
      }
      if (!channel(field)) {
        if (labelled) {
          throw new IllegalArgumentException("a ':' and " + (header.target() == Target.CLASS ? "a label" : "a number")
              + " expected behind channel " + field + ", came the end of the line; is the file cut short?");
        }
        if (channels > 0 && field + 1 != channels) {
          throw wrongCount(field + 1);
        }
        checkLength();
        to.endCase();
        break;
      }
    }
    channels = to.channels();
    cases++;
    in.at++; // the newline
    in.line++;
  }

  /** Whether this field ends the line without being a series: no comma in it, no tuple, and no colon behind it. */
  private boolean isLast() {
    if (header.timed() && in.bytes[spaces(in.at)] == '(') {
      return false;
    }
    int p = in.at;
    while (in.bytes[p] != ',' && in.bytes[p] != ':' && in.bytes[p] != '\n') {
      p++;
    }
    return in.bytes[p] == '\n';
  }

  /** Reads one channel; true when another field follows. */
  private boolean channel(int field) {
    int start = spaces(in.at);
    if (in.bytes[start] == ':' || (in.bytes[start] == '\n' && start < in.limit)) {
      throw new IllegalArgumentException("channel " + field + " is empty");
    }
    for (int step = 0; ; step++) {
      if (in.limit - in.at < ByteSource.WINDOW) {
        in.fill();
      }
      if (header.timed()) {
        timedValue(field, step);
      } else {
        to.value(value(field, step, false));
      }
      byte end = in.bytes[in.at];
      if (end == ',') {
        in.at++;
      } else {
        to.endChannel();
        if (end == ':') {
          in.at++;
          return true;
        }
        return false;
      }
    }
  }

  /** The value at hand; leaves the position at the delimiter behind it. */
  private double value(int field, int step, boolean inTuple) {
    byte[] bytes = in.bytes;
    int from = in.at;
    if (bytes[from] <= ' ') {
      from = spaces(from);
    }
    double value = Decimal.parse(bytes, from, cursor);
    int end = cursor.end;
    if (end < 0) {
      value = Double.NaN;
      end = missing(bytes, from);
    }
    if (end >= 0) {
      byte b = bytes[end];
      if (b == ' ' || b == '\t' || b == '\r') {
        end = spaces(end);
        b = bytes[end];
      }
      boolean closes = inTuple ? b == ')' : b == ',' || b == ':' || (b == '\n' && end < in.limit);
      if (closes) {
        if (Double.isInfinite(value)) {
          throw badValue(field, step, from, "a finite number");
        }
        in.at = end;
        return value;
      }
    }
    if (!header.timed() && bytes[from] == '(') {
      throw badValue(field, step, from, "a number (values in parentheses need @timeStamps true)");
    }
    throw badValue(field, step, from, inTuple ? "(time,value)" : "a number, ? or NaN");
  }

  private static int missing(byte[] bytes, int from) {
    if (bytes[from] == '?') {
      return from + 1;
    }
    boolean nan = (bytes[from] | 32) == 'n' && (bytes[from + 1] | 32) == 'a' && (bytes[from + 2] | 32) == 'n';
    return nan ? from + 3 : -1;
  }

  private IllegalArgumentException badValue(int field, int step, int from, String expected) {
    int end = from;
    while (in.bytes[end] != ',' && in.bytes[end] != ':' && in.bytes[end] != '\n') {
      end++;
    }
    String came = end - from >= ByteSource.WINDOW / 2 ? "one of more than " + ByteSource.WINDOW / 2 + " characters"
        : end == from ? "nothing" : "'" + ByteSource.shown(in.bytes, from, end) + "'";
    return new IllegalArgumentException(
        "channel " + field + ", step " + step + ": " + expected + " expected, came " + came);
  }

  /** {@code (time,value)}. */
  private void timedValue(int field, int step) {
    int p = spaces(in.at);
    if (in.bytes[p] != '(') {
      throw badValue(field, step, p, "(time,value)");
    }
    int from = spaces(p + 1);
    int end = from;
    while (in.bytes[end] != ',' && in.bytes[end] != ')' && in.bytes[end] != '\n') {
      end++;
    }
    double time = Decimal.parse(in.bytes, from, cursor);
    boolean date = cursor.end < 0 || spaces(cursor.end) != end;
    if (date) {
      time = seconds(new String(in.bytes, from, end - from, StandardCharsets.UTF_8).strip());
    }
    if (in.bytes[end] != ',' || !Double.isFinite(time)) {
      throw badValue(field, step, p, "(time,value) with a number or an ISO date-time first");
    }
    if (dates != null && dates != date) {
      throw badValue(field, step, p, "time stamps all " + (date ? "numbers" : "date-times") + " as before");
    }
    dates = date;
    in.at = end + 1;
    double value = value(field, step, true);
    in.at = spaces(in.at + 1);
    byte b = in.bytes[in.at];
    if (b != ',' && b != ':' && (b != '\n' || in.at == in.limit)) {
      throw badValue(field, step, in.at, "',' or ':' behind a (time,value)");
    }
    to.value(time, value);
  }

  /** Seconds since 1970 of an ISO date, date-time or date-time with offset; NaN when it is none. */
  private static double seconds(String text) {
    String iso = text.replaceFirst("^(\\d{4}-\\d{2}-\\d{2}) +", "$1T");
    try {
      if (iso.length() == 10) {
        return LocalDate.parse(iso).toEpochSecond(LocalTime.MIDNIGHT, ZoneOffset.UTC);
      }
      if (iso.matches(".*T.*(Z|[+-]\\d\\d:?\\d\\d)")) {
        OffsetDateTime when = OffsetDateTime.parse(iso);
        return when.toEpochSecond() + when.getNano() * 1e-9;
      }
      LocalDateTime when = LocalDateTime.parse(iso);
      return when.toEpochSecond(ZoneOffset.UTC) + when.getNano() * 1e-9;
    } catch (DateTimeException e) {
      return Double.NaN;
    }
  }

  /** Reads the last field and ends the case. */
  private void finish(int field) {
    int from = in.at;
    int end = from;
    while (in.bytes[end] != '\n' && in.bytes[end] != ':') {
      end++;
    }
    if (end == in.limit) {
      throw new IllegalArgumentException(
          "a label of at most " + ByteSource.WINDOW + " bytes expected, came a longer one");
    }
    if (in.bytes[end] == ':' || (channels > 0 && field != channels)) {
      throw wrongCount(field);
    }
    String text = new String(in.bytes, from, end - from, StandardCharsets.UTF_8).strip();
    checkLength();
    if (header.target() == Target.NUMBER) {
      double number = Decimal.parse(in.bytes, spaces(from), cursor);
      if (cursor.end < 0 || spaces(cursor.end) != end || !Double.isFinite(number)) {
        throw new IllegalArgumentException("a number expected as target, came '" + ByteSource.shown(text) + "'");
      }
      to.endCase(number);
    } else {
      Integer label = labels.get(text);
      if (label == null) {
        throw new IllegalArgumentException("label '" + ByteSource.shown(text) + "' is not in @classLabel's list of "
            + labels.size() + Nearest.hint(text, labels.keySet()));
      }
      to.endCase(label.intValue());
    }
    in.at = end;
  }

  private void checkLength() {
    int came = to.stagedSteps();
    if (header.equalLength()) {
      if (steps == 0) {
        steps = came;
      }
      if (came != steps) {
        throw new IllegalArgumentException("length " + steps + " expected "
            + (header.steps() > 0 ? "(@seriesLength)" : "as in the first case") + ", came " + came
            + "; cases of unequal lengths need @equalLength false");
      }
    } else if (header.steps() > 0 && came > header.steps()) {
      throw new IllegalArgumentException(
          "at most " + header.steps() + " steps (@seriesLength) expected, came " + came);
    }
  }

  /** A wrong channel count: {@code seen} channels so far, and each colon until the line's end tells of one more. */
  private IllegalArgumentException wrongCount(int seen) {
    long came = seen;
    for (;;) {
      if (in.at == in.limit) {
        in.fill();
      }
      if (in.at == in.limit || in.bytes[in.at] == '\n') {
        break;
      }
      came += in.bytes[in.at++] == ':' ? 1 : 0;
    }
    int declared = header.channels();
    String said = declared == 0 ? "as before" : declared == 1 ? "@univariate or @dimensions" : "@dimensions";
    return new IllegalArgumentException(channels + " channels expected (" + said + "), came " + came);
  }
}
