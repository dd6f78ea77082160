package dev.runnel.experiments.cli;

import dev.runnel.experiments.query.Query;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "query", description = "Asks SQL of all runs: tables runs, metrics (a row an epoch) and scans.")
final class QueryCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "SQL", description = "As DuckDB has it; DESCRIBE runs tells the columns.")
  private String sql = "";

  @Option(names = "--in", paramLabel = "DIR",
      description = "Folders with runs, at any depth; ./runs and ./studies unless it is given.")
  private List<Path> folders = new ArrayList<>();

  @Option(names = "--parquet", paramLabel = "DIR",
      description = "Leaves tables runs and metrics there as Parquet, too.")
  private @Nullable Path parquet;

  @ArgGroup
  private @Nullable Form form;

  /** At most one of these. */
  private static final class Form {
    @Option(names = "--json", description = "One JSON array of objects on standard output.")
    private boolean json;

    @Option(names = "--csv", description = "Comma-separated values on standard output.")
    private boolean csv;

    @Option(names = "--out", paramLabel = "FILE", description = "A file that ends in .parquet, .csv or .json.")
    private @Nullable Path out;
  }

  QueryCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var usual = List.of(Path.of("runs"), Path.of("studies")).stream().filter(Files::isDirectory).toList();
    if (folders.isEmpty() && usual.isEmpty()) {
      throw new IllegalArgumentException(
          "query: a folder 'runs' or 'studies' here, or --in DIR, expected, came neither");
    }
    try (var query = Query.over(folders.isEmpty() ? usual : folders, common.console()::say)) {
      if (parquet != null) {
        query.parquet(parquet);
      }
      if (form != null && form.out != null) {
        query.write(sql, form.out);
        common.console().say(form.out + ": written");
        return 0;
      }
      var answer = query.ask(sql);
      if (form != null && form.json) {
        common.console().results(answer.maps(), true);
      } else if (form != null && form.csv) {
        common.console().out().print(answer.csv());
      } else {
        common.console().text(answer.columns().isEmpty() ? "no rows" : answer.text());
      }
    }
    return 0;
  }
}
