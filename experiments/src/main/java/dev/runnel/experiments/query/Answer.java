package dev.runnel.experiments.query;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What SQL came to.
 *
 * @param columns their names, no two alike
 * @param rows a value a column: a number, a truth value, a text or null
 */
public record Answer(List<String> columns, List<List<@Nullable Object>> rows) {
  /** Copies the lists. */
  public Answer {
    columns = List.copyOf(columns);
    var copies = new ArrayList<List<@Nullable Object>>();
    for (var row : rows) {
      copies.add(Collections.unmodifiableList(new ArrayList<@Nullable Object>(row)));
    }
    rows = Collections.unmodifiableList(copies);
  }

  /** A map a row, columns in order. */
  public List<Map<String, @Nullable Object>> maps() {
    var maps = new ArrayList<Map<String, @Nullable Object>>();
    for (var row : rows) {
      var map = new LinkedHashMap<String, @Nullable Object>();
      for (int i = 0; i < columns.size(); i++) {
        map.put(columns.get(i), row.get(i));
      }
      maps.add(map);
    }
    return maps;
  }

  /** Comma-separated (RFC 4180), a line of names first; null is nothing between commas. */
  public String csv() {
    var lines = new StringBuilder(line(columns));
    rows.forEach(row -> lines.append(line(row)));
    return lines.toString();
  }

  private static String line(List<? extends @Nullable Object> values) {
    return values.stream().map(value -> field(value == null ? "" : value.toString()))
        .collect(Collectors.joining(",", "", "\r\n"));
  }

  private static String field(String text) {
    return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
        ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }

  /** Columns side by side, for people: reals by five digits. */
  public String text() {
    var lines = new ArrayList<List<String>>();
    lines.add(columns);
    rows.forEach(row -> lines.add(row.stream().map(Answer::cell).toList()));
    int[] widths = IntStream.range(0, columns.size())
        .map(i -> lines.stream().mapToInt(line -> line.get(i).length()).max().orElse(0)).toArray();
    return lines.stream().map(line -> IntStream.range(0, columns.size())
        .mapToObj(i -> line.get(i) + " ".repeat(widths[i] - line.get(i).length()))
        .collect(Collectors.joining("  ")).stripTrailing()).collect(Collectors.joining("\n"));
  }

  private static String cell(@Nullable Object value) {
    return value == null ? "-" : value instanceof Double d ? "%.5g".formatted(d) : value.toString();
  }
}
