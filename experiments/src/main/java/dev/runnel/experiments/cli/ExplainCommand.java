package dev.runnel.experiments.cli;

import dev.runnel.experiments.study.Explanation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "explain", description = "Says why a trial of a study was run anew, and what became of it.")
final class ExplainCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "TRIAL", description = "A trial's folder, STUDY/trials/KEY; KEY may be cut short.")
  private @Nullable Path trial;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  ExplainCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var folder = Objects.requireNonNull(trial).toAbsolutePath().normalize();
    var trials = folder.getParent();
    var study = trials == null ? null : trials.getParent();
    if (study == null) {
      throw new IllegalArgumentException("explain: STUDY/trials/KEY expected, came " + trial);
    }
    List<String> lines = Explanation.of(study, folder.getFileName().toString());
    if (json) {
      common.console().result(Map.of("lines", lines), true);
    } else {
      common.console().text(String.join("\n", lines));
    }
    return 0;
  }
}
