package dev.runnel.experiments.cli;

import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.memory.Memory;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.train.Prepared;
import dev.runnel.experiments.train.Session;
import dev.runnel.experiments.train.Trained;
import dev.runnel.experiments.train.Trainer;
import dev.runnel.experiments.train.Weights;
import dev.runnel.experiments.weights.NameTable;
import dev.runnel.experiments.weights.NamedTensor;
import dev.runnel.experiments.weights.SafeTensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "weights", description = "Weights from and to other people's names: safetensors in and out.")
final class WeightsCommand {
  private final Common common;

  WeightsCommand(Common common) {
    this.common = common;
  }

  @Command(name = "import", description = "Makes weights of a config's model from a file with other names.")
  int in(
      @Parameters(index = "0", paramLabel = "FILE", description = "Their safetensors.") Path file,
      @Option(names = "--names", required = true, description = "mamba, lru, s5 or lrcssm.") String names,
      @Option(names = "--config", required = true, description = "The model's config.") String config,
      @Option(names = "--set", paramLabel = "KEY=VALUE") @Nullable List<String> settings,
      @Option(names = "--channels", required = true, description = "What a step of the data holds.") int channels,
      @Option(names = "--classes", required = true, split = ",", description = "Names in order.") List<String> classes,
      @Option(names = "--partial", description = "What the file lacks begins anew, by the seed.") boolean partial,
      @Option(names = "--out", required = true, paramLabel = "FILE") Path out,
      @Option(names = "--json") boolean json) {
    var table = NameTable.of(names);
    var trial = Configs.trial(config, settings == null ? List.of() : settings);
    var model = common.registry().model(trial.model(), channels, classes.size(), 1);
    var tape = Session.declared(model, Trainer.type(trial.train()), channels);
    try (var allocator = Memory.exact();
        var variables = new Variables(allocator, trial.seed())) {
      variables.declare(tape);
      var wanted = new TreeMap<String, int[]>();
      variables.areas().forEach((path, area) ->
          wanted.put(path, area.layout().shape().dims().stream().mapToInt(i -> i).toArray()));
      var imported = table.from(SafeTensors.read(file), wanted);
      if (imported.weights().isEmpty()) {
        throw new IllegalArgumentException(
            "%s: names of '%s' expected, %s came; take another table"
                .formatted(file, names, imported.leftOut().stream().limit(3).toList()));
      }
      if (!imported.missing().isEmpty() && !partial) {
        throw new IllegalArgumentException(
            "%s: all weights of %s expected, nothing came for %s; --partial begins them anew"
                .formatted(file, trial.model().name(), imported.missing()));
      }
      var weights = new ArrayList<NamedTensor>(imported.weights());
      Predicate<String> rest = imported.missing()::contains;
      weights.addAll(Weights.of(variables, rest, ""));
      Weights.load(SafeTensors.of(Map.of(), weights), variables, wanted::containsKey, "");
      var texts = new TreeMap<String, String>();
      texts.put("model", trial.model().name());
      texts.put("classes", Prepared.join(classes));
      texts.put("channels", Integer.toString(channels));
      SafeTensors.of(texts, Weights.of(variables, wanted::containsKey, "")).write(out);
      var result = new LinkedHashMap<String, Object>();
      result.put("imported", imported.weights().size());
      result.put("begun_anew", imported.missing());
      result.put("left_out", imported.leftOut());
      common.console().result(result, json);
    }
    return 0;
  }

  @Command(name = "export", description = "Writes a run's weights under other people's names.")
  int out(
      @Option(names = "--run", paramLabel = "DIR") @Nullable Path run,
      @Option(names = "--weights", paramLabel = "FILE", description = "In place of a run.") @Nullable Path weights,
      @Option(names = "--names", required = true, description = "mamba, lru, s5 or lrcssm.") String names,
      @Option(names = "--out", required = true, paramLabel = "FILE") Path out,
      @Option(names = "--json") boolean json) {
    var table = NameTable.of(names);
    if ((run == null) == (weights == null)) {
      throw new IllegalArgumentException("weights: --run DIR or --weights FILE expected");
    }
    var file =
        run != null ? Trained.of(run, null, null).weights() : SafeTensors.read(Objects.requireNonNull(weights));
    var exported = table.to(file);
    if (exported.tensors().isEmpty()) {
      throw new IllegalArgumentException(
          "weights: a model that the names of '%s' are for expected, none of %s has one"
              .formatted(names, file.tensors().sequencedKeySet()));
    }
    SafeTensors.of(Map.of("format", "pt"), exported.tensors()).write(out);
    var result = new LinkedHashMap<String, Object>();
    result.put("exported", exported.tensors().size());
    result.put("left_out", exported.leftOut());
    common.console().result(result, json);
    return 0;
  }
}
