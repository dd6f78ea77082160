package dev.runnel.experiments.cli;

import dev.runnel.experiments.query.Query;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "query", description = "Asks SQL of all runs: tables runs (a row a run) and metrics (a row an epoch).")
final class QueryCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "SQL", description = "As DuckDB has it; DESCRIBE runs tells the columns.")
  private String sql = "";

  @Option(names = "--in", paramLabel = "DIR", description = "Folders with runs; runs and studies unless it is given.")
  private List<Path> folders = new ArrayList<>();

  @Option(names = "--parquet", paramLabel = "DIR", description = "Leaves both tables there as Parquet, too.")
  private @Nullable Path parquet;

  @Option(names = "--json", description = "One JSON array on standard output.")
  private boolean json;

  QueryCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var usual = List.of(Path.of("runs"), Path.of("studies")).stream().filter(Files::isDirectory).toList();
    if (folders.isEmpty() && usual.isEmpty()) {
      throw new IllegalArgumentException("query: a folder 'runs' or 'studies' here, or --in DIR, expected, came neither");
    }
    try (var query = Query.over(folders.isEmpty() ? usual : folders, common.console()::say)) {
      if (parquet != null) {
        query.parquet(parquet);
      }
      var rows = query.ask(sql);
      if (json) {
        common.console().results(rows, true);
      } else {
        common.console().text(table(rows));
      }
    }
    return 0;
  }

  private static String table(List<Map<String, @Nullable Object>> rows) {
    if (rows.isEmpty()) {
      return "no rows";
    }
    var names = List.copyOf(rows.getFirst().keySet());
    var lines = new ArrayList<List<String>>();
    lines.add(names);
    rows.forEach(row -> lines.add(names.stream().map(name -> cell(row.get(name))).toList()));
    return lines.stream().map(line -> {
      var text = new StringBuilder();
      for (int i = 0; i < names.size(); i++) {
        int at = i;
        int width = lines.stream().mapToInt(l -> l.get(at).length()).max().orElse(0);
        text.append(("%-" + (width + 2) + "s").formatted(line.get(i)));
      }
      return text.toString().stripTrailing();
    }).collect(Collectors.joining("\n"));
  }

  private static String cell(@Nullable Object value) {
    return value == null ? "-" : value instanceof Double d ? "%.5g".formatted(d) : value.toString();
  }
}
