package dev.runnel.experiments.cli;

import dev.runnel.experiments.query.Query;
import dev.runnel.experiments.report.Report;
import dev.runnel.experiments.store.AtomicFile;
import dev.runnel.experiments.study.StudyView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "report", description = "Writes one page of HTML on a study, and its table for a paper.")
final class ReportCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(arity = "1..*", paramLabel = "DIR",
      description = "A folder of a study or of a run; several studies with arms of the same names are ranked.")
  private List<Path> folders = new ArrayList<>();

  @Option(names = "--out", paramLabel = "FILE",
      description = "The page; report.html in the first folder unless it is given.")
  private @Nullable Path out;

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
  private @Nullable Path data;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  ReportCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var studies = folders.stream()
        .map(folder -> Files.isRegularFile(folder.resolve("config.conf"))
            ? StudyView.ofRun(folder) : StudyView.read(folder))
        .toList();
    var page = out == null ? folders.getFirst().resolve("report.html") : out;
    AtomicFile.replace(page, Report.html(studies, common.trials(data)));
    try (var query = Query.over(folders, common.console()::say)) {
      query.parquet(folders.getFirst());
    }
    var tables = new ArrayList<String>();
    for (var study : studies) {
      AtomicFile.replace(study.folder().resolve("table.md"), Report.markdown(study));
      AtomicFile.replace(study.folder().resolve("table.tex"), Report.latex(study));
      tables.add(study.folder().resolve("table.md").toString());
    }
    var result = new LinkedHashMap<String, Object>();
    result.put("report", page.toString());
    result.put("tables", tables);
    common.console().result(result, json);
    return 0;
  }
}
