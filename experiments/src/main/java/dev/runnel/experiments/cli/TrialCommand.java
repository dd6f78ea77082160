package dev.runnel.experiments.cli;

import dev.runnel.experiments.study.Plan;
import dev.runnel.experiments.study.State;
import dev.runnel.experiments.study.Workplace;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code ablate --isolate} begins a process with. */
@Command(name = "trial", hidden = true, description = "Runs one trial of a study's folder.")
final class TrialCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "STUDY")
  private @Nullable Path study;

  @Parameters(index = "1", paramLabel = "KEY")
  private String key = "";

  @Option(names = "--epochs", required = true)
  private int epochs;

  @Option(names = "--threads", required = true)
  private int threads;

  @Option(names = "--data")
  private @Nullable Path data;

  TrialCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var folder = Objects.requireNonNull(study);
    return Signals.during(common.console(), stop -> {
      var place = new Workplace(common.trials(data), stop, null);
      var state = Plan.read(folder).runOne(folder, key, epochs, threads, place);
      return state == State.DONE || state == State.PAUSED ? 0 : 1;
    });
  }

  /** This process's Java, flags and class path, for this command. */
  static Workplace.Isolation isolation(@Nullable Path data) {
    return (folder, key, epochs, threads, memory) -> {
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
        if (!flag.startsWith("-agentlib") && !flag.startsWith("-javaagent") && !(flag.startsWith("-Xmx") && !memory.isEmpty())) {
          command.add(flag);
        }
      }
      if (!memory.isEmpty()) {
        command.add("-Xmx" + memory);
      }
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "trial",
          folder.toString(), key, "--epochs", Integer.toString(epochs), "--threads", Integer.toString(threads)));
      if (data != null) {
        command.addAll(List.of("--data", data.toString()));
      }
      return command;
    };
  }
}
