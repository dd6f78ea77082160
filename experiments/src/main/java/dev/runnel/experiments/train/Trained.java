package dev.runnel.experiments.train;

import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Variables;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Sequences;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.weights.SafeTensors;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** A trained model as files hold it: config and weights. */
public record Trained(TrialConfig config, SafeTensors weights) {

  /**
   * Of a run, or of weights and a config.
   *
   * @throws IllegalArgumentException unless exactly one of the two is given
   */
  public static Trained of(@Nullable Path run, @Nullable Path weights, @Nullable String config) {
    if (run != null && weights == null && config == null) {
      try (var folder = RunFolder.read(run)) {
        return new Trained(folder.config(), folder.weights());
      }
    }
    if (run == null && weights != null && config != null) {
      return new Trained(Configs.trial(config, List.of()), SafeTensors.read(weights));
    }
    throw new IllegalArgumentException("model: --run DIR, or --weights FILE and --config FILE expected");
  }

  /** The same, solved otherwise. */
  public Trained withSolver(String solver) {
    return new Trained(config.withSolver(solver), weights);
  }

  /** Its classes' names. */
  public List<String> classes() {
    return Prepared.classes(weights);
  }

  /** What a session over some data does. */
  public interface Use<T> {
    /** Does it. */
    T with(Session session, Sequences data);
  }

  /** Opens the model over data, loads its weights, and closes it again. */
  public <T> T over(Dataset data, Registry registry, BufferAllocator allocator, Use<T> use) {
    var prepared = Prepared.like(weights, data, config.data());
    var sequences = prepared.sequences();
    int channels = channels();
    if (sequences.channels() != channels) {
      throw new IllegalArgumentException(
          "%s: %d channels expected by the model, %d came".formatted(data.name(), channels, sequences.channels()));
    }
    var model = registry.model(config.model(), channels, classes().size(), config.backend().workers());
    var type = Trainer.type(config.train());
    try (Engine engine = registry.engine(config.backend());
        var variables = new Variables(allocator, config.seed());
        var session = new Session(model, engine, variables, type, sequences, null)) {
      variables.declare(Session.declared(model, type, channels));
      Weights.load(weights, variables, path -> true, "");
      return use.with(session, sequences);
    }
  }

  private int channels() {
    try {
      return Integer.parseInt(String.valueOf(weights.metadata().get("channels")));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("weights: 'channels' among the file's texts expected, it is not there", e);
    }
  }
}
