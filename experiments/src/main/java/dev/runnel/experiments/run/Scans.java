package dev.runnel.experiments.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** What a model's nonlinear scans did after each epoch: {@code scans.arrow} in a run's folder. */
public final class Scans {
  private static final String FILE = "scans.arrow";
  private static final List<Field> COLUMNS = List.of(
      Rows.whole("epoch", 32), Rows.whole("scan", 32), Rows.real("largest"), Rows.real("above1"),
      Rows.realOrNone("iterations"), Rows.realOrNone("bound"), Rows.realOrNone("finished"));

  private final Path file;
  private List<Row> rows;

  private Scans(Path file, List<Row> rows) {
    this.file = file;
    this.rows = rows;
  }

  /**
   * One scan after one epoch.
   *
   * @param epoch from 1
   * @param scan from 0, first layer first
   * @param largest |J|
   * @param above1 share of steps and states with |J| > 1
   * @param iterations the solver's passes, mean over rows; null where it does not iterate
   * @param bound the largest on an accepted step's error, or null
   * @param finished most steps of a row that were not accepted and stepped one by one, or null
   */
  public record Row(int epoch, int scan, double largest, double above1, @Nullable Double iterations,
      @Nullable Double bound, @Nullable Double finished) {}

  /** Those of a run's folder, none if nothing observed it. */
  public static Scans of(Path run) {
    var rows = new ArrayList<Row>();
    for (var row : Rows.read(run.resolve(FILE), COLUMNS).values()) {
      rows.add(new Row(number(row, 0).intValue(), number(row, 1).intValue(), number(row, 2).doubleValue(),
          number(row, 3).doubleValue(), (Double) row.get(4), (Double) row.get(5), (Double) row.get(6)));
    }
    return new Scans(run.resolve(FILE), rows);
  }

  private static Number number(List<@Nullable Number> row, int column) {
    return Objects.requireNonNull(row.get(column));
  }

  /** All rows, by epoch and scan. */
  public List<Row> rows() {
    return List.copyOf(rows);
  }

  /** Keeps what came through that epoch and puts these after it; on disk when this returns. */
  public void put(int through, List<Row> more) {
    var next = new ArrayList<>(rows.stream().filter(row -> row.epoch() <= through).toList());
    next.addAll(more);
    if (!next.equals(rows)) {
      var values = new ArrayList<List<@Nullable Number>>();
      for (var row : next) {
        var numbers = new ArrayList<@Nullable Number>(List.of(row.epoch, row.scan, row.largest, row.above1));
        numbers.add(row.iterations);
        numbers.add(row.bound);
        numbers.add(row.finished);
        values.add(numbers);
      }
      new Rows(new Schema(COLUMNS), values).write(file);
      rows = next;
    }
  }
}
