package dev.runnel.experiments.modules;

import com.google.inject.Binder;
import com.google.inject.Guice;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.name.Names;
import dev.runnel.experiments.config.BackendConfig;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.DataConfig;
import dev.runnel.experiments.config.ModelConfig;
import dev.runnel.experiments.config.TrainConfig;
import dev.runnel.experiments.config.TrialConfig;
import java.util.List;

/**
 * A trial's config as a Guice module, so that an arm is a module laid over a base:
 *
 * <pre>{@code
 * var base = Experiment.of("gestures", "train.epochs=20");
 * var arm = Modules.override(base).with(b -> b.bind(ModelConfig.class).toInstance(other));
 * trials.train(Experiment.trial(arm), folder);
 * }</pre>
 *
 * <p>Bound are {@link DataConfig}, {@link ModelConfig}, {@link TrainConfig} and {@link BackendConfig}, and under {@link
 * #NAME} and {@link #SEED} the trial's name and seed.
 */
public record Experiment(TrialConfig config) implements Module {
  /** The trial's name. */
  public static final Key<String> NAME = Key.get(String.class, Names.named("experiment.name"));

  /** What keys everything random. */
  public static final Key<Long> SEED = Key.get(Long.class, Names.named("experiment.seed"));

  /**
   * A config's.
   *
   * @param config a file or a shipped name
   * @param settings {@code key=value} each, later ones first
   */
  public static Experiment of(String config, String... settings) {
    return new Experiment(Configs.trial(config, List.of(settings)));
  }

  @Override
  public void configure(Binder binder) {
    binder.bind(NAME).toInstance(config.name());
    binder.bind(SEED).toInstance(config.seed());
    binder.bind(DataConfig.class).toInstance(config.data());
    binder.bind(ModelConfig.class).toInstance(config.model());
    binder.bind(TrainConfig.class).toInstance(config.train());
    binder.bind(BackendConfig.class).toInstance(config.backend());
  }

  /**
   * The trial that modules bind together.
   *
   * @throws IllegalArgumentException in one line, for what is missing or bound twice
   */
  public static TrialConfig trial(Module... modules) {
    var all = List.of(modules);
    return Bindings.checked(all, () -> {
      var injector = Guice.createInjector(all);
      return new TrialConfig(
          injector.getInstance(NAME), injector.getInstance(SEED), injector.getInstance(DataConfig.class),
          injector.getInstance(ModelConfig.class), injector.getInstance(TrainConfig.class),
          injector.getInstance(BackendConfig.class));
    });
  }
}
