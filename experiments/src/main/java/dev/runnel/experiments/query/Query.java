package dev.runnel.experiments.query;

import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tables {@code runs}, {@code metrics} (a row an epoch) and {@code scans} (a row an epoch and nonlinear scan, where
 * runs observed them) of all runs below some folders, in a DuckDB of this process. SQL that is asked reaches no file, no
 * network and no extension.
 */
public final class Query implements AutoCloseable {
  private static final Map<String, String> FORMATS = Map.of(".parquet", "parquet", ".csv", "csv", ".json", "json");

  private final Connection connection;
  private boolean locked;

  private Query(Connection connection) {
    this.connection = connection;
  }

  /**
   * Reads all runs below folders.
   *
   * @param say is told one line for each folder that can't be read, which is passed over
   * @throws IllegalArgumentException if a folder is none
   */
  public static Query over(List<Path> folders, Consumer<String> say) {
    var tables = Runs.tables(folders, say);
    return Sql.run(() -> {
      var query = new Query(DriverManager.getConnection("jdbc:duckdb:"));
      query.execute("SET autoinstall_known_extensions = false");
      query.execute("SET autoload_known_extensions = false");
      for (Table table : tables) {
        query.load(table);
      }
      return query;
    });
  }

  private void execute(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void load(Table table) throws SQLException {
    execute(table.creation());
    var rows = table.values();
    if (rows.isEmpty()) {
      return;
    }
    try (var insert = connection.prepareStatement(table.insertion())) {
      for (var row : rows) {
        for (int i = 0; i < row.size(); i++) {
          insert.setObject(i + 1, row.get(i));
        }
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** Writes the tables as {@code runs.parquet} and {@code metrics.parquet} into a folder; before anything is asked. */
  public void parquet(Path folder) {
    for (String table : List.of("runs", "metrics")) {
      Path file = folder.resolve(table + ".parquet");
      Path temporary = temporary(file);
      written(file, temporary, () -> {
        execute("COPY %s TO %s (FORMAT parquet)".formatted(table, literal(temporary)));
        return true;
      });
    }
  }

  /**
   * Answers SQL.
   *
   * @throws IllegalArgumentException in one line, for SQL that is none or reaches out
   */
  public Answer ask(String sql) {
    return Sql.run(() -> {
      lock(null);
      try (var statement = connection.createStatement()) {
        return statement.execute(sql) ? answer(statement) : new Answer(List.of(), List.of());
      }
    });
  }

  /**
   * Writes what a SELECT comes to into a file; instead of {@link #ask}.
   *
   * @param file ends in .parquet, .csv or .json
   * @throws IllegalArgumentException in one line, for SQL that is none or reaches out
   */
  public void write(String sql, Path file) {
    String name = file.toString();
    String format = FORMATS.entrySet().stream().filter(f -> name.endsWith(f.getKey())).map(Map.Entry::getValue)
        .findFirst().orElseThrow(() -> new IllegalArgumentException(
            file + ": a file that ends in .parquet, .csv or .json expected"));
    Path temporary = temporary(file);
    written(file, temporary, () -> {
      lock(temporary);
      String select = sql.strip().replaceFirst("[;\\s]+$", "");
      execute("COPY (%s\n) TO %s (FORMAT %s%s)".formatted(select, literal(temporary), format,
          format.equals("json") ? ", ARRAY true" : format.equals("csv") ? ", HEADER true" : ""));
      return true;
    });
  }

  /** Takes everything but the tables out of reach, for good; one file may be left. */
  private void lock(@Nullable Path but) throws SQLException {
    if (!locked) {
      if (but != null) {
        execute("SET allowed_paths = [%s]".formatted(literal(but)));
      }
      execute("SET max_temp_directory_size = '0KiB'");
      execute("SET enable_external_access = false");
      execute("SET lock_configuration = true");
      locked = true;
    }
  }

  private static Path temporary(Path file) {
    Path whole = file.toAbsolutePath().normalize();
    return whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + AtomicFile.SUFFIX);
  }

  private static String literal(Path file) {
    return "'" + file.toString().replace("'", "''") + "'";
  }

  private static void written(Path file, Path temporary, Sql<Boolean> work) {
    try {
      Sql.run(work);
      AtomicFile.rename(temporary, file);
    } finally {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException e) {
        throw AtomicFile.failed(temporary, "deleted", e);
      }
    }
  }

  private static Answer answer(Statement statement) throws SQLException {
    try (var result = statement.getResultSet()) {
      var names = result.getMetaData();
      var columns = new ArrayList<String>();
      for (int i = 1; i <= names.getColumnCount(); i++) {
        String label = names.getColumnLabel(i);
        String name = label;
        for (int more = 2; columns.contains(name); more++) {
          name = label + "_" + more;
        }
        columns.add(name);
      }
      var rows = new ArrayList<List<@Nullable Object>>();
      while (result.next()) {
        var row = new ArrayList<@Nullable Object>();
        for (int i = 1; i <= columns.size(); i++) {
          Object value = result.getObject(i);
          row.add(value == null || value instanceof Number || value instanceof Boolean ? value : value.toString());
        }
        rows.add(row);
      }
      return new Answer(columns, rows);
    }
  }

  @Override
  public void close() {
    Sql.run(() -> {
      connection.close();
      return true;
    });
  }

  /** Work with a database. */
  @FunctionalInterface
  private interface Sql<T> {
    T get() throws SQLException;

    static <T> T run(Sql<T> work) {
      try {
        return work.get();
      } catch (SQLException e) {
        // DuckDB repeats the statement with a mark below it, which is of no use on one line.
        String why = OneLine.of(e).replaceFirst("\\s*LINE \\d+: .*", "");
        boolean name = why.startsWith("Binder Error") || why.startsWith("Catalog Error");
        throw new IllegalArgumentException("query: " + why + (name ? "; DESCRIBE runs tells the columns" : ""), e);
      }
    }
  }
}
