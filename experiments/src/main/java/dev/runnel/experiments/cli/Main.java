package dev.runnel.experiments.cli;

import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.store.OneLine;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line. Exit codes: 0 done, 1 failed, 2 the caller's mistake; a failure is one line on standard
 * error. RUNNEL_DEBUG=1 adds the stack trace.
 */
@Command(
    name = "runnel",
    description = "Nonlinear state-space models on the JVM.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
public final class Main {
  private static volatile List<String> arguments = List.of();

  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(Console.system(), args));
  }

  /** Runs one command. */
  static int run(Console console, String... args) {
    arguments = List.of(args);
    return commandLine(console).execute(args);
  }

  /** What the process was called with. */
  static List<String> arguments() {
    return arguments;
  }

  private static CommandLine commandLine(Console console) {
    var common = new Common(console, Registry.standard());
    var line =
        new CommandLine(new Main())
            .addSubcommand(new TrainCommand(common))
            .addSubcommand(new PredictCommand(common))
            .addSubcommand(new EvaluateCommand(common))
            .addSubcommand(new BenchCommand(common))
            .addSubcommand(new InspectCommand(common))
            .addSubcommand(new ListCommand(common))
            .addSubcommand(new DoctorCommand(common));
    line.setOut(new java.io.PrintWriter(console.out(), true, java.nio.charset.StandardCharsets.UTF_8));
    line.setErr(new java.io.PrintWriter(console.err(), true, java.nio.charset.StandardCharsets.UTF_8));
    line.setParameterExceptionHandler((e, args) -> mistake(console, e));
    line.setExecutionExceptionHandler((e, command, result) -> failed(console, e));
    return line;
  }

  private static int mistake(Console console, ParameterException e) {
    var command = e.getCommandLine();
    var text = OneLine.of(e);
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      var wrong = unmatched.getUnmatched().getFirst();
      var names = command.getSubcommands().isEmpty() ? options(command) : command.getSubcommands().keySet();
      text = "'%s' is unknown%s".formatted(wrong, Nearest.hint(wrong, names));
    }
    console.say("%s: %s; see --help".formatted(command.getCommandSpec().qualifiedName(), text));
    return 2;
  }

  private static List<String> options(CommandLine command) {
    return command.getCommandSpec().options().stream().flatMap(o -> java.util.Arrays.stream(o.names())).toList();
  }

  private static int failed(Console console, Exception e) {
    if ("1".equals(System.getenv("RUNNEL_DEBUG"))) {
      e.printStackTrace(console.err());
    }
    boolean mistake = e instanceof IllegalArgumentException;
    console.say(OneLine.of(e.getMessage(), "runnel: failed with " + e.getClass().getSimpleName()));
    return mistake ? 2 : 1;
  }
}
