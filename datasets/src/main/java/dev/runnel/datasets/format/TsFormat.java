package dev.runnel.datasets.format;

import dev.runnel.datasets.DatasetBuilder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code .ts}, see {@link TsReader}. */
public final class TsFormat implements Format {
  @Override
  public String name() {
    return "ts";
  }

  @Override
  public List<String> suffixes() {
    return List.of(".ts");
  }

  @Override
  public void append(Path file, DatasetBuilder to, @Nullable Layout layout) {
    TsReader.append(file, to);
  }
}
