package dev.runnel.experiments.cli;

import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.kernel.Lowering;
import dev.runnel.autodiff.kernel.PlanText;
import dev.runnel.autodiff.memory.Layout;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.train.Prepared;
import dev.runnel.experiments.train.Trainer;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import dev.runnel.autodiff.memory.Memory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "inspect", description = "Shows parameters, planned memory and kernels of a training step.")
final class InspectCommand implements Callable<Integer> {
  private final Common common;

  @Parameters(index = "0", paramLabel = "CONFIG", description = "A file, or a shipped name.")
  private String config = "";

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides one value; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--data", paramLabel = "DIR", description = "Where datasets lie.")
  private @Nullable Path data;

  @Option(names = "--json", description = "One JSON object on standard output.")
  private boolean json;

  InspectCommand(Common common) {
    this.common = common;
  }

  @Override
  public Integer call() {
    var trial = Configs.trial(config, settings);
    try (var allocator = Memory.exact();
        var dataset = common.trials(data).load(trial.data(), allocator)) {
      var sequences = Prepared.shaped(dataset, trial.data());
      int batch = trial.train().batch();
      var tape = new Tape(Trainer.type(trial.train()));
      var x = tape.input("x", Shape.of(batch, sequences.maxLength(), sequences.channels()));
      int workers = trial.backend().workers();
      var model = common.registry()
              .model(trial.model(), sequences.channels(), sequences.classes().size(), workers);
      var solver = common.registry().solver(trial.model(), workers);
      var loss =
          model.logits(tape.scope().with(Purpose.TRAINING), x, null).crossEntropy(tape.input("labels", DType.I32, Shape.of(batch))).mean();
      var chosen =
          solver instanceof Solver.Auto auto
              ? Scan.choices(auto, tape).stream().map(c -> c.solver().name() + ": " + c.reason()).toList()
              : List.of();
      tape.output("loss", loss);
      tape.output("norm", common.registry().optimiser(trial.train().optimiser(), model.groups(), 1).minimise(loss));
      var plan = Lowering.lower(tape);
      long variables =
          tape.declarations().stream()
              .mapToLong(d -> Layout.footprint(d.type(), Layout.padded(d.type(), d.shape()).elements()))
              .sum();
      var shapes = new LinkedHashMap<String, String>();
      tape.parameters().forEach((path, p) -> shapes.put(path, p.shape().toString()));
      var result = new LinkedHashMap<String, Object>();
      result.put("input", x.shape().toString());
      result.put("parameters", tape.parameters().values().stream().mapToLong(p -> p.shape().size()).sum());
      result.put("planned_bytes", plan.slabBytes() + variables);
      result.put("solver", solver.name());
      if (!chosen.isEmpty()) {
        result.put("chosen", chosen);
      }
      result.put("steps", plan.steps().size());
      result.put("items", plan.steps().stream().mapToInt(s -> s.items().size()).sum());
      result.put("shapes", shapes);
      if (json) {
        common.console().result(result, true);
      } else {
        result.remove("shapes");
        result.remove("chosen");
        common.console().result(result, false);
        chosen.forEach(line -> common.console().out().println("  " + line));
        shapes.forEach((path, shape) -> common.console().out().println("  %-32s %s".formatted(path, shape)));
        common.console().out().println(PlanText.of(plan));
      }
    }
    return 0;
  }
}
