package dev.runnel.datasets.format;

import dev.runnel.datasets.Nearest;
import dev.runnel.datasets.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * How a table's rows make cases.
 *
 * <ul>
 *   <li>{@code wide}: a row is a case; its value columns in order are numbered 0, 1, ..., and channel c at step t is
 *       number {@code c channelStride + t stepStride} (so windows may overlap).
 *   <li>{@code long}: a row is a step; rows one after another with the same {@code case} are a case, the columns
 *       {@code values} its channels.
 *   <li>{@code lists}: a row is a case; the first column of {@code values} holds a list of steps, each a number or a
 *       list of numbers.
 * </ul>
 *
 * <p>Columns are named by the header's names or by position, {@code "0"}, {@code "1"}, ..., {@code "-1"} for the last.
 *
 * @param kind one of the three
 * @param separator what is between fields of a text; one character
 * @param header whether a text's first line names the columns; by default it does if none of its fields is a number
 * @param label the target's column; none when null
 * @param target {@code class} or {@code number}
 * @param values value columns; all others but those named elsewhere when empty
 * @param caseId the column that tells cases apart ({@code "case"} in the file)
 * @param time the column of time stamps, numbers
 * @param channels channels of a wide row
 * @param channelStride from a value to the same step of the next channel; by default as many as there are steps
 * @param stepStride from a value to the next step of the same channel
 * @param padded whether missing values at a wide row's end mean that it is shorter
 * @param axes order of an array's axes for NumPy's files: {@code NTC} or {@code NCT}
 */
public record Layout(Kind kind, String separator, @Nullable Boolean header, @Nullable String label, Goal target,
    List<String> values, @Nullable String caseId, @Nullable String time, int channels, int channelStride,
    int stepStride, boolean padded, String axes) {
  /** Rows as cases, rows as steps, or lists. */
  public enum Kind { WIDE, LONG, LISTS }

  /** What the label column holds. */
  public enum Goal { CLASS, NUMBER }

  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
      .enable(tools.jackson.databind.MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS).build();

  /** Checks the values. */
  public Layout {
    values = List.copyOf(values);
    if (separator.length() != 1 || separator.charAt(0) > 126) {
      throw new IllegalArgumentException("layout: a separator of one ASCII character expected, came '" + separator + "'");
    }
    if (channels < 1 || channelStride < 0 || stepStride < 1) {
      throw new IllegalArgumentException("layout: channels and stepStride of at least 1 and a channelStride of at least"
          + " 0 expected, came " + channels + ", " + stepStride + " and " + channelStride);
    }
    if (kind == Kind.LONG && (caseId == null || values.isEmpty())) {
      throw new IllegalArgumentException("layout: 'case' and 'values' expected for a long layout");
    }
    if (!axes.equals("NTC") && !axes.equals("NCT")) {
      throw new IllegalArgumentException("layout: axes NTC or NCT expected, came '" + axes + "'");
    }
  }

  /** A wide table of one channel: commas, the label last. */
  public static Layout wide() {
    return new Layout(Kind.WIDE, ",", null, "-1", Goal.CLASS, List.of(), null, null, 1, 0, 1, false, "NTC");
  }

  /** The UCR archive's: tabs, no header, the label first, short rows filled up with NaN. */
  public static Layout ucr() {
    return new Layout(Kind.WIDE, "\t", false, "0", Goal.CLASS, List.of(), null, null, 1, 0, 1, true, "NTC");
  }

  /** Columns {@code values}, a list, and {@code target}, as {@link dev.runnel.datasets.ArrowFile} has them. */
  public static Layout lists() {
    return new Layout(
        Kind.LISTS, ",", true, "target", Goal.CLASS, List.of("values"), null, null, 1, 0, 1, false, "NTC");
  }

  /** What a file beside the data says of it. */
  private record Beside(@Nullable String source, @Nullable String licence, @Nullable Described layout) {}

  private record Described(@Nullable Kind kind, @Nullable String separator, @Nullable Boolean header,
      @Nullable String label, @Nullable Goal target, @Nullable List<String> values,
      @com.fasterxml.jackson.annotation.JsonProperty("case") @Nullable String caseId, @Nullable String time,
      @Nullable Integer channels, @Nullable Integer channelStride, @Nullable Integer stepStride,
      @Nullable Boolean padded, @Nullable String axes) {
    Layout layout() {
      return new Layout(or(kind, Kind.WIDE), or(separator, ","), header, label, or(target, Goal.CLASS),
          or(values, List.<String>of()), caseId, time, or(channels, 1), or(channelStride, 0), or(stepStride, 1),
          or(padded, false), or(axes, "NTC"));
    }

    private static <T> T or(@Nullable T said, T otherwise) {
      return said == null ? otherwise : said;
    }
  }

  /** The name of the file that describes the data files of its folder. */
  public static final String FILE = "dataset.json";

  /** The layout in a description. */
  public static Layout read(Path description) {
    Described described = described(description).layout();
    if (described == null) {
      throw new IllegalArgumentException(description + ": 'layout' expected");
    }
    try {
      return described.layout();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(description + ": " + e.getMessage(), e);
    }
  }

  /**
   * The layout that {@value #FILE} in the file's folder gives, else the one that Runnel ships for a file of that name
   * ({@code MotorImagery_TRAIN_rows.csv}, the lags of one channel without their repetitions), else null.
   */
  public static @Nullable Layout beside(Path file) {
    Path description = file.resolveSibling(FILE);
    if (Files.isRegularFile(description)) {
      return described(description).layout() == null ? null : read(description);
    }
    String name = String.valueOf(file.getFileName()).replaceFirst("_(TRAIN|TEST)_rows\\.csv(\\.gz)?$", "_rows.json");
    try (InputStream shipped = name.endsWith("_rows.json") ? Layout.class.getResourceAsStream(name) : null) {
      Described described = shipped == null ? null : JSON.readValue(shipped, Beside.class).layout();
      return described == null ? null : described.layout();
    } catch (IOException e) {
      throw new IllegalStateException(name + ": cannot be read", e);
    }
  }

  /** Where the data of a folder come from, as {@value #FILE} says. */
  public static Origin origin(Path folder) {
    Path description = folder.resolve(FILE);
    if (!Files.isRegularFile(description)) {
      return Origin.UNSTATED;
    }
    Beside beside = described(description);
    return new Origin(Described.or(beside.source(), Origin.UNSTATED.source()),
        Described.or(beside.licence(), Origin.UNSTATED.licence()));
  }

  private static Beside described(Path description) {
    try {
      if (Files.size(description) > 1 << 20) {
        throw new IllegalArgumentException(description + ": a description of at most 1 MiB expected");
      }
      return JSON.readValue(Files.readAllBytes(description), Beside.class);
    } catch (IOException e) {
      throw new IllegalArgumentException(description + ": cannot be read: " + e.getMessage(), e);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(description + ": a JSON object with source, licence and layout expected, came "
          + e.getOriginalMessage().lines().findFirst().orElse("?"), e);
    }
  }

  /** The position of a column in a row of that width. */
  int column(String named, List<String> names, int width) {
    int at = names.indexOf(named);
    if (at < 0 && named.matches("-?\\d{1,9}")) {
      at = Integer.parseInt(named);
      at = at < 0 ? width + at : at;
    }
    if (at < 0 || at >= width) {
      throw new IllegalArgumentException("column '" + named + "' expected among "
          + (names.isEmpty() ? width + " columns" : ByteSource.shown(names.toString())) + Nearest.hint(named, names));
    }
    return at;
  }
}
