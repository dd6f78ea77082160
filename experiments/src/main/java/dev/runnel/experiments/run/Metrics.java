package dev.runnel.experiments.run;

import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.store.OneLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A row an epoch, in an Arrow IPC file that is rewritten in one step whenever a row is added: a reader always finds a
 * whole file, also after the writer was killed. Read it with {@code pandas.read_feather}, Polars or DuckDB.
 */
public final class Metrics {
  /** A row takes less than 100 bytes, so this is millions of epochs; a damaged file can't ask for more. */
  private static final long MOST_MEMORY = 1L << 29;

  private record Column(String name, ToDoubleFunction<EpochMetrics> value) {}

  private static final List<Column> REALS = List.of(
      new Column("train_loss", EpochMetrics::trainLoss),
      new Column("train_accuracy", EpochMetrics::trainAccuracy),
      new Column("validation_loss", EpochMetrics::validationLoss),
      new Column("validation_accuracy", EpochMetrics::validationAccuracy),
      new Column("gradient_norm", EpochMetrics::gradientNorm),
      new Column("seconds", EpochMetrics::seconds));
  private static final Schema SCHEMA = schema();

  private final Path file;
  private List<EpochMetrics> rows;

  private Metrics(Path file, List<EpochMetrics> rows) {
    this.file = file;
    this.rows = rows;
  }

  private static Schema schema() {
    var fields = new ArrayList<Field>();
    fields.add(Field.notNullable("epoch", new ArrowType.Int(32, true)));
    fields.add(Field.notNullable("step", new ArrowType.Int(64, true)));
    for (Column column : REALS) {
      fields.add(Field.notNullable(column.name, new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)));
    }
    return new Schema(fields);
  }

  /** The rows of a file, none if there is no file. */
  static Metrics open(Path file) {
    if (!Files.exists(file)) {
      return new Metrics(file, new ArrayList<>());
    }
    try (var allocator = new RootAllocator(MOST_MEMORY);
        var channel = FileChannel.open(file, StandardOpenOption.READ);
        var reader = new ArrowFileReader(channel, allocator)) {
      return new Metrics(file, read(reader));
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          file + ": damaged: " + OneLine.of(e) + "; remove it to go on without its rows", e);
    }
  }

  private static List<EpochMetrics> read(ArrowFileReader reader) throws IOException {
    VectorSchemaRoot root = reader.getVectorSchemaRoot();
    if (!root.getSchema().equals(SCHEMA)) {
      throw new IllegalArgumentException("columns " + SCHEMA + " expected, came " + root.getSchema());
    }
    var rows = new ArrayList<EpochMetrics>();
    while (reader.loadNextBatch()) {
      for (int i = 0; i < root.getRowCount(); i++) {
        double[] reals = new double[REALS.size()];
        for (int c = 0; c < reals.length; c++) {
          reals[c] = ((Float8Vector) root.getVector(2 + c)).get(i);
        }
        rows.add(new EpochMetrics(((IntVector) root.getVector(0)).get(i), ((BigIntVector) root.getVector(1)).get(i),
            reals[0], reals[1], reals[2], reals[3], reals[4], reals[5]));
      }
    }
    return rows;
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
    var more = new ArrayList<>(rows);
    more.add(row);
    write(more);
  }

  private void write(List<EpochMetrics> next) {
    var bytes = new ByteArrayOutputStream();
    try (var allocator = new RootAllocator(MOST_MEMORY);
        var root = VectorSchemaRoot.create(SCHEMA, allocator);
        var writer = new ArrowFileWriter(root, null, Channels.newChannel(bytes))) {
      for (int i = 0; i < next.size(); i++) {
        ((IntVector) root.getVector(0)).setSafe(i, next.get(i).epoch());
        ((BigIntVector) root.getVector(1)).setSafe(i, next.get(i).step());
        for (int c = 0; c < REALS.size(); c++) {
          ((Float8Vector) root.getVector(2 + c)).setSafe(i, REALS.get(c).value.applyAsDouble(next.get(i)));
        }
      }
      root.setRowCount(next.size());
      writer.start();
      writer.writeBatch();
      writer.end();
    } catch (IOException e) {
      throw AtomicFile.failed(file, "written", e);
    }
    AtomicFile.replace(file, List.of(MemorySegment.ofArray(bytes.toByteArray())));
    rows = next;
  }
}
