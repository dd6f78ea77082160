package dev.runnel.experiments.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A row an epoch, in an Arrow IPC file that is rewritten in one step whenever a row is added: a reader always finds a
 * whole file, also after the writer was killed. Read it with {@code pandas.read_feather}, Polars or DuckDB. Behind the
 * fixed columns there is {@code validation_NAME} for each further metric.
 */
public final class Metrics {
  private static final String EXTRA = "validation_";

  private record Column(String name, ToDoubleFunction<EpochMetrics> value) {}

  private static final List<Column> REALS = List.of(
      new Column("train_loss", EpochMetrics::trainLoss),
      new Column("train_accuracy", EpochMetrics::trainAccuracy),
      new Column("validation_loss", EpochMetrics::validationLoss),
      new Column("validation_accuracy", EpochMetrics::validationAccuracy),
      new Column("gradient_norm", EpochMetrics::gradientNorm),
      new Column("seconds", EpochMetrics::seconds));
  private static final List<Field> FIXED = fixed();

  private final Path file;
  private List<EpochMetrics> rows;

  private Metrics(Path file, List<EpochMetrics> rows) {
    this.file = file;
    this.rows = rows;
  }

  private static List<Field> fixed() {
    var fields = new ArrayList<>(List.of(Rows.whole("epoch", 32), Rows.whole("step", 64)));
    REALS.forEach(column -> fields.add(Rows.real(column.name)));
    return List.copyOf(fields);
  }

  /** The rows of a file, none if there is no file. */
  static Metrics open(Path file) {
    var read = Rows.read(file, FIXED);
    var extras = read.schema().getFields().stream().skip(FIXED.size())
        .map(f -> f.getName().substring(Math.min(EXTRA.length(), f.getName().length()))).toList();
    return new Metrics(file, read.values().stream().map(row -> row(row, extras)).toList());
  }

  private static EpochMetrics row(List<@Nullable Number> row, List<String> extras) {
    double[] reals = row.stream().skip(2).mapToDouble(v -> Objects.requireNonNull(v).doubleValue()).toArray();
    var further = new LinkedHashMap<String, Double>();
    for (int i = 0; i < extras.size(); i++) {
      further.put(extras.get(i), reals[REALS.size() + i]);
    }
    int epoch = Objects.requireNonNull(row.get(0)).intValue();
    long step = Objects.requireNonNull(row.get(1)).longValue();
    return new EpochMetrics(epoch, step, reals[0], reals[1], reals[2], reals[3], reals[4], reals[5],
        further);
  }

  /** All rows, in the order in which they were added. */
  public List<EpochMetrics> rows() {
    return List.copyOf(rows);
  }

  /** Drops the rows of later epochs, as is right when training goes on from that epoch. */
  public void keepThrough(int epoch) {
    var kept = rows.stream().filter(row -> row.epoch() <= epoch).toList();
    if (kept.size() < rows.size()) {
      write(kept);
    }
  }

  /** Adds a row; it is on disk when this returns, and not added if this fails. */
  public void add(EpochMetrics row) {
    if (!rows.isEmpty() && !rows.getFirst().further().keySet().equals(row.further().keySet())) {
      throw new IllegalArgumentException("%s: further metrics %s expected, came %s".formatted(
          file, rows.getFirst().further().keySet(), row.further().keySet()));
    }
    var more = new ArrayList<>(rows);
    more.add(row);
    write(more);
  }

  private void write(List<EpochMetrics> next) {
    var fields = new ArrayList<>(FIXED);
    var extras = next.isEmpty() ? List.<String>of() : List.copyOf(next.getFirst().further().keySet());
    extras.forEach(name -> fields.add(Rows.real(EXTRA + name)));
    var values = new ArrayList<List<@Nullable Number>>();
    for (var metrics : next) {
      var row = new ArrayList<@Nullable Number>(List.of(metrics.epoch(), metrics.step()));
      REALS.forEach(column -> row.add(column.value.applyAsDouble(metrics)));
      extras.forEach(name -> row.add(metrics.further().get(name)));
      values.add(row);
    }
    new Rows(new Schema(fields), values).write(file);
    rows = next;
  }
}
