package dev.runnel.experiments.query;

import dev.runnel.experiments.config.Binder;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.study.TrialView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tables {@code runs} (a row a run) and {@code metrics} (a row an epoch) of all runs below some folders, in a DuckDB of this
 * process that reads no other file.
 */
public final class Query implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int DEEPEST = 8;

  /** Columns of {@code runs} and their types. */
  private static final Map<String, String> RUNS = columns(
      "run VARCHAR", "study VARCHAR", "arm VARCHAR", "point VARCHAR", "state VARCHAR", "why VARCHAR", "name VARCHAR",
      "seed BIGINT", "model VARCHAR", "data VARCHAR", "split VARCHAR", "hidden INTEGER", "state_size INTEGER",
      "layers INTEGER", "solver VARCHAR", "rate DOUBLE", "batch INTEGER", "config JSON", "test_accuracy DOUBLE",
      "test_loss DOUBLE", "validation_accuracy DOUBLE", "best_epoch INTEGER", "epochs INTEGER", "steps BIGINT",
      "seconds DOUBLE", "ms_per_step DOUBLE", "parameters BIGINT", "planned_bytes BIGINT", "result JSON", "commit VARCHAR",
      "started VARCHAR", "cpu VARCHAR", "java VARCHAR", "data_sha256 VARCHAR");

  private static final Map<String, String> METRICS = columns(
      "run VARCHAR", "epoch INTEGER", "step BIGINT", "train_loss DOUBLE", "train_accuracy DOUBLE",
      "validation_loss DOUBLE", "validation_accuracy DOUBLE", "gradient_norm DOUBLE", "seconds DOUBLE");

  private final Connection connection;

  private Query(Connection connection) {
    this.connection = connection;
  }

  private static Map<String, String> columns(String... namesAndTypes) {
    var columns = new LinkedHashMap<String, String>();
    for (String column : namesAndTypes) {
      columns.put(column.substring(0, column.indexOf(' ')), column.substring(column.indexOf(' ') + 1));
    }
    return columns;
  }

  /**
   * Reads all runs below folders.
   *
   * @param say is told one line for each run that can't be read, which is passed over
   */
  public static Query over(List<Path> folders, Consumer<String> say) {
    var runs = new ArrayList<Map<String, @Nullable Object>>();
    var metrics = new ArrayList<Map<String, @Nullable Object>>();
    for (Path folder : folders) {
      for (Path run : runs(folder)) {
        try (var read = RunFolder.read(run)) {
          var row = row(run, read);
          var rows = rows(run, read);
          runs.add(row);
          metrics.addAll(rows);
        } catch (RuntimeException e) {
          say.accept(OneLine.of(e));
        }
      }
    }
    return Sql.run(() -> {
      var query = new Query(DriverManager.getConnection("jdbc:duckdb:"));
      query.table("runs", RUNS, runs);
      query.table("metrics", METRICS, metrics);
      return query;
    });
  }

  private static List<Path> runs(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(folder + ": a folder with runs expected, came none");
    }
    try (var files = Files.walk(folder, DEEPEST)) {
      return files.filter(file -> file.endsWith("config.conf")).map(Path::getParent).sorted().toList();
    } catch (IOException e) {
      throw AtomicFile.failed(folder, "listed", e);
    }
  }

  private static Map<String, @Nullable Object> row(Path run, RunFolder read) {
    var row = new LinkedHashMap<String, @Nullable Object>();
    var config = read.config();
    row.put("run", run.toString());
    var trial = TrialView.ofRun(run);
    row.put("study", trial == null ? null : trial.study());
    row.put("arm", trial == null ? null : trial.view().arm());
    row.put("point", trial == null ? null : trial.view().point());
    row.put("state", trial == null ? read.done() ? "DONE" : "RUNNING" : trial.view().state().toString());
    row.put("why", trial == null ? null : trial.view().why());
    row.put("name", config.name());
    row.put("seed", config.seed());
    row.put("model", config.model().name());
    row.put("data", config.data().name());
    row.put("split", config.data().split());
    row.put("hidden", config.model().hidden());
    row.put("state_size", config.model().state());
    row.put("layers", config.model().layers());
    row.put("solver", config.model().solver());
    row.put("rate", config.train().optimiser().rate());
    row.put("batch", config.train().batch());
    row.put("config", JSON.writeValueAsString(Binder.unbind(config)));
    if (read.done()) {
      JsonNode result = read.result();
      for (String name : List.of("test_accuracy", "test_loss", "validation_accuracy", "best_epoch", "epochs", "steps",
          "seconds", "ms_per_step", "parameters", "planned_bytes")) {
        row.put(name, result.path(name).isNumber() ? result.get(name).numberValue() : null);
      }
      row.put("result", result.toString());
    }
    var from = read.provenance();
    row.put("commit", from.git() == null ? null : from.git().commit());
    row.put("started", from.started());
    row.put("cpu", from.machine().cpu());
    row.put("java", from.versions().java());
    row.put("data_sha256", from.data().sha256());
    return row;
  }

  private static List<Map<String, @Nullable Object>> rows(Path run, RunFolder read) {
    var rows = new ArrayList<Map<String, @Nullable Object>>();
    for (var epoch : read.metrics().rows()) {
      var row = new LinkedHashMap<String, @Nullable Object>();
      row.put("run", run.toString());
      row.put("epoch", epoch.epoch());
      row.put("step", epoch.step());
      row.put("train_loss", epoch.trainLoss());
      row.put("train_accuracy", epoch.trainAccuracy());
      row.put("validation_loss", epoch.validationLoss());
      row.put("validation_accuracy", epoch.validationAccuracy());
      row.put("gradient_norm", epoch.gradientNorm());
      row.put("seconds", epoch.seconds());
      rows.add(row);
    }
    return rows;
  }

  private void table(String name, Map<String, String> columns, List<Map<String, @Nullable Object>> rows)
      throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE %s (%s)".formatted(name, String.join(", ",
          columns.entrySet().stream().map(c -> c.getKey() + " " + c.getValue()).toList())));
    }
    if (rows.isEmpty()) {
      return;
    }
    String marks = String.join(", ", columns.keySet().stream().map(_ -> "?").toList());
    try (var insert = connection.prepareStatement("INSERT INTO %s VALUES (%s)".formatted(name, marks))) {
      for (var row : rows) {
        int at = 1;
        for (String column : columns.keySet()) {
          insert.setObject(at++, row.get(column));
        }
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** Writes both tables as {@code runs.parquet} and {@code metrics.parquet} into a folder. */
  public void parquet(Path folder) {
    Sql.run(() -> {
      try (var statement = connection.createStatement()) {
        for (String table : List.of("runs", "metrics")) {
          Path file = folder.resolve(table + ".parquet");
          statement.execute("COPY %s TO '%s' (FORMAT parquet)".formatted(table, file.toString().replace("'", "''")));
        }
        return true;
      }
    });
  }

  /**
   * Answers SQL; from now on no file can be reached any more.
   *
   * @return a map a row, columns in order
   * @throws IllegalArgumentException in one line, for SQL that is none
   */
  public List<Map<String, @Nullable Object>> ask(String sql) {
    return Sql.run(() -> {
      try (var statement = connection.createStatement()) {
        statement.execute("SET enable_external_access = false");
        statement.execute("SET lock_configuration = true");
        if (!statement.execute(sql)) {
          return List.of();
        }
        var result = statement.getResultSet();
        var names = result.getMetaData();
        var rows = new ArrayList<Map<String, @Nullable Object>>();
        while (result.next()) {
          var row = new LinkedHashMap<String, @Nullable Object>();
          for (int i = 1; i <= names.getColumnCount(); i++) {
            Object value = result.getObject(i);
            row.put(names.getColumnLabel(i), value == null || value instanceof Number || value instanceof Boolean ? value
                : value.toString());
          }
          rows.add(row);
        }
        return rows;
      }
    });
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
        throw new IllegalArgumentException("query: " + OneLine.of(e), e);
      }
    }
  }
}
