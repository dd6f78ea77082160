package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * {@code .parquet}, read by DuckDB a chunk at a time: columns as a {@link Layout} tells, by default
 * {@link Layout#lists}. DuckDB is kept from everything but the one file and from the net.
 */
public final class ParquetFormat implements Format {
  @Override
  public String name() {
    return "parquet";
  }

  @Override
  public List<String> suffixes() {
    return List.of(".parquet");
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + ": no such file");
    }
    var settings = new Properties();
    settings.setProperty("jdbc_stream_results", "true");
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    settings.setProperty("threads", "1");
    String name = "'" + file.toAbsolutePath().toString().replace("'", "''") + "'";
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:", settings);
        Statement statement = connection.createStatement()) {
      statement.execute("SET allowed_paths = [" + name + "]");
      statement.execute("SET enable_external_access = false");
      statement.execute("SET lock_configuration = true");
      try (ResultSet result = statement.executeQuery("SELECT * FROM read_parquet(" + name + ")")) {
        TableCases.read(new Result(result), layout == null ? Layout.lists() : layout, to);
      }
    } catch (SQLException e) {
      throw new IllegalArgumentException(file + ": an undamaged Parquet file expected: " + OneLine.of(e), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /** A query's result as rows. */
  private static final class Result implements Table {
    private final ResultSet result;
    private final List<String> names = new ArrayList<>();

    Result(ResultSet result) throws SQLException {
      this.result = result;
      ResultSetMetaData columns = result.getMetaData();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        names.add(columns.getColumnName(i));
      }
    }

    @Override
    public List<String> names() {
      return names;
    }

    @Override
    public boolean next() {
      return asked(result::next);
    }

    @Override
    public int width() {
      return names.size();
    }

    @Override
    public double number(int column) {
      return number(object(column), column);
    }

    private double number(@Nullable Object value, int column) {
      double number = switch (value) {
        case null -> Double.NaN;
        case Number n -> n.doubleValue();
        case Boolean b -> b ? 1 : 0;
        default -> throw new IllegalArgumentException(
            "column '" + names.get(column) + "': numbers expected, came " + value.getClass().getSimpleName());
      };
      if (Double.isInfinite(number)) {
        throw new IllegalArgumentException("column '" + names.get(column) + "': finite numbers expected");
      }
      return number;
    }

    @Override
    public String text(int column) {
      Object value = object(column);
      return value == null ? "" : String.valueOf(value);
    }

    private @Nullable Object object(int column) {
      return asked(() -> result.getObject(column + 1));
    }

    @Override
    public @Nullable Steps steps(int column) {
      return object(column) instanceof Array list ? steps(items(list), column) : null;
    }

    private Steps steps(@Nullable Object[] items, int column) {
      int channels = items.length > 0 && items[0] instanceof Array first ? items(first).length : 1;
      double[] values = new double[Math.multiplyExact(items.length, channels)];
      int at = 0;
      for (Object item : items) {
        @Nullable Object[] numbers = item instanceof Array inner ? items(inner) : new Object[] {item};
        if (numbers.length != channels) {
          throw new IllegalArgumentException("lists of " + channels + " numbers expected in all steps of a case");
        }
        for (Object number : numbers) {
          values[at++] = number(number, column);
        }
      }
      return new Steps(values, Math.max(1, channels));
    }

    private static @Nullable Object[] items(Array list) {
      return asked(() -> (Object[]) list.getArray());
    }

    private interface Asked<T extends @Nullable Object> {
      T get() throws SQLException;
    }

    private static <T extends @Nullable Object> T asked(Asked<T> asked) {
      try {
        return asked.get();
      } catch (SQLException e) {
        throw new IllegalArgumentException("an undamaged Parquet file expected: " + OneLine.of(e), e);
      }
    }
  }
}
