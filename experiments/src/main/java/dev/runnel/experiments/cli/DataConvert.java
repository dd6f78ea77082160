package dev.runnel.experiments.cli;

import dev.runnel.datasets.ArrowFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "convert", description = "Writes a dataset as one Arrow IPC file, which is mapped from then on.")
final class DataConvert implements Callable<Integer> {
  private final Common common;

  @Mixin private final DataCommand.Chosen chosen = new DataCommand.Chosen();

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "Where it goes, NAME.arrow.")
  private @Nullable Path out;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  DataConvert(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var file = Objects.requireNonNull(out);
    if (!file.toString().endsWith(ArrowFile.SUFFIX)) {
      throw new IllegalArgumentException("--out: a file named *.arrow expected, came " + file);
    }
    chosen.with(common, data -> {
      ArrowFile.write(data, file);
      var result = new LinkedHashMap<String, Object>();
      result.put("file", file.toString());
      result.put("bytes", file.toFile().length());
      result.put("rows", data.size());
      result.put("sha256", data.hash());
      common.console().result(result, json);
    });
    return 0;
  }
}
