package dev.runnel.experiments.cli;

import dev.runnel.datasets.Dataset;
import dev.runnel.experiments.train.Stop;
import dev.runnel.experiments.train.Trained;
import dev.runnel.experiments.train.Trainer;
import dev.runnel.experiments.train.Verification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import dev.runnel.autodiff.memory.Memory;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "evaluate", description = "Scores a trained run on its test part, or on a file.")
final class EvaluateCommand implements Callable<Integer> {
  private final Common common;

  @Option(names = "--run", paramLabel = "DIR", required = true, description = "A run's folder.")
  private @Nullable Path run;

  @Option(names = "--data", paramLabel = "FILE", description = "Rows in a file, or where datasets lie.")
  private @Nullable Path data;

  @Option(names = "--layout", paramLabel = "FILE", description = "How a table is laid out, as JSON.")
  private @Nullable Path layout;

  @Option(names = "--verify", description = "Trains again and compares: bits on the same machine, else the test accuracy.")
  private boolean verify;

  @Option(names = "--tolerance", defaultValue = "0.05", paramLabel = "SHARE",
      description = "By how much test accuracy may differ on another machine; ${DEFAULT-VALUE}.")
  private double tolerance;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  EvaluateCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    if (verify) {
      return Signals.during(common.console(), this::verified);
    }
    var trained = Trained.of(run, null, null);
    boolean file = data != null && !Files.isDirectory(data);
    if (layout != null && !file) {
      throw new IllegalArgumentException("evaluate: --data FILE expected with --layout, none came");
    }
    try (var allocator = Memory.exact()) {
      var trials = common.trials(file ? null : data);
      try (var dataset =
          file && data != null
              ? DataCommand.read(allocator, data, layout)
              : trials.load(trained.config().data(), allocator)) {
        if (!dataset.classes().equals(trained.classes())) {
          throw new IllegalArgumentException(
              "%s: classes %s expected, %s came".formatted(dataset.name(), trained.classes(), dataset.classes()));
        }
        int[] rows =
            file
                ? IntStream.range(0, dataset.size()).toArray()
                : trials.split(trained.config().data(), dataset, trained.config().seed()).test();
        common.console().result(scores(trained, dataset, allocator, rows), json);
      }
    }
    return 0;
  }

  private int verified(Stop stop) {
    if (data != null && !Files.isDirectory(data)) {
      throw new IllegalArgumentException("evaluate: --data DIR expected with --verify, came " + data);
    }
    var folder = Objects.requireNonNull(run);
    var progress = new TerminalProgress(common.console(), folder);
    var found = Verification.of(folder, common.trials(data), progress, stop);
    common.console().result(found.json(), json);
    return found.holds(tolerance) ? 0 : 1;
  }

  private LinkedHashMap<String, Object> scores(
      Trained trained, Dataset dataset, BufferAllocator allocator, int[] rows) {
    var score =
        trained.over(dataset, common.registry(), allocator, (session, sequences) -> Trainer.score(session, rows));
    var result = new LinkedHashMap<String, Object>();
    result.put("accuracy", score.accuracy());
    result.put("loss", score.loss());
    result.put("rows", score.rows());
    return result;
  }
}
