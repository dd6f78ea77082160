package dev.runnel.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.ipc.ArrowFileReader;

/** What predict wrote: row by class. */
record Predictions(List<String> columns, double[][] logits, List<String> predicted) {

  static Predictions read(Path file) throws IOException {
    try (var allocator = new RootAllocator();
        var channel = FileChannel.open(file);
        var reader = new ArrowFileReader(channel, allocator)) {
      assertThat(reader.loadNextBatch()).isTrue();
      var root = reader.getVectorSchemaRoot();
      var names = root.getSchema().getFields().stream().map(f -> f.getName()).toList();
      double[][] logits = new double[root.getRowCount()][names.size() - 2];
      var predicted = new java.util.ArrayList<String>();
      for (int row = 0; row < logits.length; row++) {
        assertThat(((IntVector) root.getVector("row")).get(row)).isEqualTo(row);
        predicted.add(root.getVector("predicted").getObject(row).toString());
        for (int c = 0; c < names.size() - 2; c++) {
          logits[row][c] = ((Float8Vector) root.getVector(c + 2)).get(row);
        }
      }
      assertThat(reader.loadNextBatch()).isFalse();
      return new Predictions(names, logits, List.copyOf(predicted));
    }
  }
}
