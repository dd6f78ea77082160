package dev.runnel.experiments.cli;

import dev.runnel.experiments.study.State;
import dev.runnel.experiments.study.StudyConfig;
import dev.runnel.experiments.study.StudyTable;
import dev.runnel.experiments.study.StudyView;
import dev.runnel.experiments.study.Workplace;
import dev.runnel.experiments.train.Stop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "ablate", description = "Runs what is missing of a study: its arms, points and seeds.")
final class AblateCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "STUDY", description = "A file, or a shipped name.")
  private String study = "";

  @Option(names = "--jobs", paramLabel = "N", defaultValue = "1", description = "Trials at once, each in a process of its own where there are several; ${DEFAULT-VALUE}.")
  private int jobs;

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides one value in all trials; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--out", paramLabel = "DIR", description = "The study's folder; studies/NAME unless it is given.")
  private @Nullable Path out;

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
  private @Nullable Path data;

  @Option(names = "--isolate", description = "A process for each trial, held to rules.memory and rules.minutes.")
  private boolean isolate;

  @Option(names = "--fail-fast", description = "Saves and ends when the first trial fails.")
  private boolean failFast;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  AblateCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    if (jobs < 1) {
      throw new IllegalArgumentException("ablate: --jobs of 1 or more expected, %d came".formatted(jobs));
    }
    return Signals.during(common.console(), this::run);
  }

  private int run(Stop stop) {
    var chosen = StudyConfig.read(study);
    var trials = common.trials(data);
    var plan = chosen.plan(trials, settings);
    if (!isolate && jobs == 1 && (plan.rules().minutes() > 0 || !plan.rules().memory().isEmpty())) {
      throw new IllegalArgumentException(
          "ablate: --isolate expected with rules.minutes and rules.memory, which only a process of its own can be held to");
    }
    var folder = out == null ? Path.of("studies", chosen.name()) : out;
    var lines = new StudyLines(common.console(), folder);
    Stop ends = () -> stop.now() || (failFast && lines.hasFailed());
    var view = plan.run(folder, jobs, new Workplace(trials, ends, isolate || jobs > 1 ? TrialCommand.isolation(data) : null), lines);
    if (json) {
      common.console().result(result(view), true);
    } else {
      common.console().text(StudyTable.of(view).text());
    }
    if (ends.now()) {
      common.console().say("ablate: stopped; the same command goes on");
    }
    return view.trials().stream().allMatch(t -> t.state() == State.DONE || t.state() == State.PRUNED) ? 0 : 1;
  }

  private static Map<String, Object> result(StudyView view) {
    var result = new LinkedHashMap<String, Object>();
    result.put("study", view.name());
    result.put("folder", view.folder().toString());
    result.put("trials", view.trials().size());
    for (State state : State.values()) {
      result.put(state.toString(), view.count(state));
    }
    result.put("arms", StudyTable.of(view).rows().stream().map(StudyTable.Row::json).toList());
    return result;
  }
}
