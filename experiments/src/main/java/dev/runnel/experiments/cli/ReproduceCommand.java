package dev.runnel.experiments.cli;

import dev.runnel.experiments.reproduce.PublishedTable;
import dev.runnel.experiments.reproduce.Reproduction;
import dev.runnel.experiments.study.Workplace;
import dev.runnel.experiments.train.Stop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "reproduce", description = "Trains for a paper's table, and sets its figures beside ours.")
final class ReproduceCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "TABLE", description = "A shipped name, or a file.")
  private String table = "";

  @Option(names = "--only", split = ",", paramLabel = "DATASET", description = "Only these datasets.")
  private List<String> datasets = new ArrayList<>();

  @Option(names = "--models", split = ",", paramLabel = "MODEL", description = "Only these models.")
  private List<String> models = new ArrayList<>();

  @Option(names = "--set", paramLabel = "KEY=VALUE",
      description = "Overrides one value, as train.epochs=60; the table tells it. May be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--jobs", paramLabel = "N", defaultValue = "1", description = "Trials at once; ${DEFAULT-VALUE}.")
  private int jobs;

  @Option(names = "--out", paramLabel = "DIR", description = "Folder of its studies; studies/TABLE unless it is given.")
  private @Nullable Path out;

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
  private @Nullable Path data;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  ReproduceCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    return Signals.during(common.console(), this::run);
  }

  private int run(Stop stop) {
    var published = PublishedTable.read(table).only(datasets, models);
    var folder = out == null ? Path.of("studies", published.name()) : out;
    var rows = new Reproduction(published, settings, folder)
        .run(new Workplace(common.trials(data), stop, jobs > 1 ? TrialCommand.isolation(data) : null), jobs, new StudyLines(common.console(), folder));
    if (json) {
      common.console().result(result(published, rows), true);
    } else {
      common.console().text(text(published, rows));
    }
    return rows.stream().anyMatch(row -> row.summary() != null) ? 0 : 1;
  }

  private static Map<String, Object> result(PublishedTable published, List<Reproduction.Row> rows) {
    var result = new LinkedHashMap<String, Object>();
    result.put("table", published.name());
    result.put("paper", published.paper());
    result.put("note", published.note());
    if (rows.size() == 1 && rows.getFirst().summary() != null) {
      result.put("mean_test_accuracy", Objects.requireNonNull(rows.getFirst().summary()).mean() / 100);
    }
    result.put("rows", rows.stream().map(Reproduction.Row::json).toList());
    return result;
  }

  private static String text(PublishedTable published, List<Reproduction.Row> rows) {
    var lines = new ArrayList<String>();
    lines.add(published.paper());
    lines.add("%-14s %-24s %-14s %-16s %-8s %s".formatted("model", "dataset", "published", "here", "s/trial", ""));
    for (var row : rows) {
      var summary = row.summary();
      var given = row.published();
      lines.add("%-14s %-24s %-14s %-16s %-8s %s%s".formatted(
          given.model(), given.dataset(),
          given.mean() == null ? "a picture" : "%.1f +- %.1f".formatted(given.mean(), given.deviation()),
          summary == null ? "-" : "%.1f +- %.1f (%d)".formatted(
              summary.mean(), summary.populationDeviation(), summary.n()),
          summary == null ? "-" : "%.0f".formatted(row.seconds()),
          row.deviates() ? "deviates  " : "",
          row.note() == null ? "" : row.note()).stripTrailing());
    }
    if (!published.note().isEmpty()) {
      lines.add("Protocol as published, but: " + published.note());
    }
    return String.join("\n", lines);
  }
}
