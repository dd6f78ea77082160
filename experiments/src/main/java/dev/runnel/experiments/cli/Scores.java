package dev.runnel.experiments.cli;

import dev.runnel.experiments.store.OneLine;
import dev.runnel.experiments.train.Session;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.util.Text;

/** Class scores as an Arrow IPC file: {@code row}, {@code predicted}, and a column {@code logit.<class>} each. */
final class Scores {
  private static final int AT_ONCE = 64;

  private Scores() {}

  static int write(Path file, BufferAllocator allocator, Session session, int rows, List<String> classes) {
    var row = new IntVector("row", allocator);
    var predicted = new VarCharVector("predicted", allocator);
    var columns = new ArrayList<FieldVector>(List.of(row, predicted));
    var logits = classes.stream().map(c -> new Float8Vector("logit." + c, allocator)).toList();
    columns.addAll(logits);
    try (var root = new VectorSchemaRoot(columns)) {
      for (int from = 0; from < rows; from += AT_ONCE) {
        int[] some = IntStream.range(from, Math.min(rows, from + AT_ONCE)).toArray();
        double[] scores = session.logits(some);
        for (int i = 0; i < some.length; i++) {
          double[] mine = Arrays.copyOfRange(scores, i * classes.size(), (i + 1) * classes.size());
          int best = 0;
          for (int c = 0; c < mine.length; c++) {
            best = mine[c] > mine[best] ? c : best;
            logits.get(c).setSafe(some[i], mine[c]);
          }
          row.setSafe(some[i], some[i]);
          predicted.setSafe(some[i], new Text(classes.get(best)));
        }
      }
      root.setRowCount(rows);
      try (var channel =
              FileChannel.open(
                  file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
          var writer = new ArrowFileWriter(root, null, channel)) {
        writer.writeBatch();
      } catch (IOException e) {
        throw new IllegalArgumentException(
            "%s: a file that can be written expected, came %s"
                .formatted(file, e instanceof NoSuchFileException ? "one in a folder that isn't there" : OneLine.of(e)),
            e);
      }
    }
    return rows;
  }
}
