package dev.runnel.experiments.cli;

import dev.runnel.datasets.Nearest;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.store.OneLine;
import java.util.List;
import org.apache.arrow.memory.OutOfMemoryException;
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
    try {
      return commandLine(console).execute(args);
    } catch (RuntimeException | Error e) { // picocli hands on exceptions of commands, but no errors
      return failed(console, e);
    }
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
            .addSubcommand(new AblateCommand(common))
            .addSubcommand(new ExplainCommand(common))
            .addSubcommand(new QueryCommand(common))
            .addSubcommand(new ReportCommand(common))
            .addSubcommand(new ReproduceCommand(common))
            .addSubcommand(new TrialCommand(common))
            .addSubcommand(new PredictCommand(common))
            .addSubcommand(new EvaluateCommand(common))
            .addSubcommand(BenchCommand.of(common))
            .addSubcommand(new InspectCommand(common))
            .addSubcommand(new ListCommand(common))
            .addSubcommand(DataCommand.of(common))
            .addSubcommand(new WeightsCommand(common))
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

  static int failed(Console console, Throwable thrown) {
    var e = thrown instanceof CommandLine.ExecutionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    if ("1".equals(System.getenv("RUNNEL_DEBUG"))) {
      e.printStackTrace(console.err());
    }
    console.say(
        switch (e) {
          case OutOfMemoryError _ -> outOfMemory(e);
          case OutOfMemoryException _ -> outOfMemory(e);
          case StackOverflowError _ ->
              "runnel: input nested less deeply expected, it took the whole stack; flatten it, or add -Xss to jvm.args";
          default -> OneLine.of(e.getMessage(), "runnel: failed with " + e.getClass().getSimpleName());
        });
    return e instanceof IllegalArgumentException ? 2 : 1;
  }

  private static String outOfMemory(Throwable e) {
    return "runnel: memory for all of it expected, it ran out (%s); make train.batch or the model smaller, or raise -Xmx in jvm.args"
        .formatted(OneLine.of(e));
  }
}
