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
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows of numbers in an Arrow IPC file that is rewritten in one step: a reader always finds a whole file, also after
 * the writer was killed.
 */
record Rows(Schema schema, List<List<@Nullable Number>> values) {
  /** A row takes some hundred bytes, so this is millions of them; a damaged file can't ask for more. */
  private static final long MOST_MEMORY = 1L << 29;

  static Field whole(String name, int bits) {
    return Field.notNullable(name, new ArrowType.Int(bits, true));
  }

  static Field real(String name) {
    return Field.notNullable(name, new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE));
  }

  static Field realOrNone(String name) {
    return new Field(name, FieldType.nullable(new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)), null);
  }

  /**
   * A file's rows, none if there is no file.
   *
   * @param expected its first columns; what follows them are reals
   */
  static Rows read(Path file, List<Field> expected) {
    if (!Files.exists(file)) {
      return new Rows(new Schema(expected), List.of());
    }
    try (var allocator = new RootAllocator(MOST_MEMORY);
        var channel = FileChannel.open(file, StandardOpenOption.READ);
        var reader = new ArrowFileReader(channel, allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      var fields = root.getSchema().getFields();
      boolean begins = fields.size() >= expected.size() && fields.subList(0, expected.size()).equals(expected);
      if (!begins || !fields.stream().skip(expected.size()).allMatch(f -> f.equals(real(f.getName())))) {
        throw new IllegalArgumentException("columns " + expected + " expected, came " + fields);
      }
      var rows = new ArrayList<List<@Nullable Number>>();
      while (reader.loadNextBatch()) {
        for (int i = 0; i < root.getRowCount(); i++) {
          var row = new ArrayList<@Nullable Number>();
          for (FieldVector vector : root.getFieldVectors()) {
            row.add(vector.isNull(i) ? null : (Number) vector.getObject(i));
          }
          rows.add(row);
        }
      }
      return new Rows(new Schema(fields), rows);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          file + ": damaged: " + OneLine.of(e) + "; remove it to go on without its rows", e);
    }
  }

  /** On disk when this returns. */
  void write(Path file) {
    var bytes = new ByteArrayOutputStream();
    try (var allocator = new RootAllocator(MOST_MEMORY);
        var root = VectorSchemaRoot.create(schema, allocator);
        var writer = new ArrowFileWriter(root, null, Channels.newChannel(bytes))) {
      for (int i = 0; i < values.size(); i++) {
        for (int c = 0; c < values.get(i).size(); c++) {
          set(root.getVector(c), i, values.get(i).get(c));
        }
      }
      root.setRowCount(values.size());
      writer.start();
      writer.writeBatch();
      writer.end();
    } catch (IOException e) {
      throw AtomicFile.failed(file, "written", e);
    }
    AtomicFile.replace(file, List.of(MemorySegment.ofArray(bytes.toByteArray())));
  }

  private static void set(FieldVector vector, int row, @Nullable Number value) {
    switch (vector) {
      case IntVector ints -> ints.setSafe(row, value == null ? 0 : value.intValue());
      case BigIntVector longs -> longs.setSafe(row, value == null ? 0 : value.longValue());
      case Float8Vector reals when value == null -> reals.setNull(row);
      case Float8Vector reals -> reals.setSafe(row, value.doubleValue());
      default -> throw new IllegalStateException(vector.getField() + ": no column of ours");
    }
  }
}
