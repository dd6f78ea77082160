package dev.runnel.experiments.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import dev.runnel.autodiff.memory.Memory;
import dev.runnel.experiments.train.Trained;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "predict", description = "Writes class scores of a file's rows as Arrow IPC.")
final class PredictCommand implements Callable<Integer> {
  private final Common common;

  @Option(names = "--run", paramLabel = "DIR", description = "A run's folder.")
  private @Nullable Path run;

  @Option(names = "--weights", paramLabel = "FILE", description = "Weights, with --config.")
  private @Nullable Path weights;

  @Option(names = "--config", paramLabel = "FILE", description = "The model's config, with --weights.")
  private @Nullable String config;

  @Option(names = "--data", paramLabel = "FILE", required = true, description = "Rows in a file of any format.")
  private @Nullable Path data;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "Where the scores go.")
  private @Nullable Path out;

  @Option(names = "--layout", paramLabel = "FILE", description = "How a table is laid out, as JSON.")
  private @Nullable Path layout;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  PredictCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var trained = Trained.of(run, weights, config);
    var file = java.util.Objects.requireNonNull(data);
    var target = java.util.Objects.requireNonNull(out);
    try (var allocator = Memory.exact();
        var dataset = DataCommand.read(allocator, file, layout)) {
      int rows =
          trained.over(
              dataset,
              common.registry(),
              allocator,
              (session, sequences) -> Scores.write(target, allocator, session, sequences.size(), trained.classes()));
      common.console().result(Map.of("rows", rows, "classes", trained.classes()), json);
    }
    return 0;
  }
}
