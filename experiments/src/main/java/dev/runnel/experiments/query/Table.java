package dev.runnel.experiments.query;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table before it is in a database: columns with their types, and rows; a row may leave columns out. */
final class Table {
  private final String name;
  private final Map<String, String> columns = new LinkedHashMap<>();
  private final List<Map<String, @Nullable Object>> rows = new ArrayList<>();

  /** Without rows; columns as {@code NAME TYPE} each. */
  Table(String name, String... columns) {
    this.name = name;
    for (String column : columns) {
      int space = column.indexOf(' ');
      this.columns.put(column.substring(0, space), column.substring(space + 1));
    }
  }

  /** Adds a row; names that are no column yet become columns of reals. */
  void add(Map<String, ? extends @Nullable Object> row) {
    row.keySet().forEach(column -> columns.putIfAbsent(column, "DOUBLE"));
    rows.add(new LinkedHashMap<>(row));
  }

  String name() {
    return name;
  }

  /** The statement that makes it. */
  String creation() {
    var all = columns.entrySet().stream().map(c -> quoted(c.getKey()) + " " + c.getValue()).toList();
    return "CREATE TABLE %s (%s)".formatted(name, String.join(", ", all));
  }

  /** The statement that adds a row, with a mark for each column. */
  String insertion() {
    var marks = columns.keySet().stream().map(_ -> "?").toList();
    return "INSERT INTO %s VALUES (%s)".formatted(name, String.join(", ", marks));
  }

  /** Values of each row, in the order of columns. */
  List<List<@Nullable Object>> values() {
    var values = new ArrayList<List<@Nullable Object>>();
    for (var row : rows) {
      var each = new ArrayList<@Nullable Object>();
      columns.keySet().forEach(column -> each.add(row.get(column)));
      values.add(each);
    }
    return values;
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
