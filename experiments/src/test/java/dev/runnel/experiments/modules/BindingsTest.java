package dev.runnel.experiments.modules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.inject.Inject;
import com.google.inject.Module;
import com.google.inject.multibindings.MapBinder;
import com.google.inject.util.Modules;
import dev.runnel.experiments.config.BackendConfig;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.config.ModelConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Modules lie over each other, and what is wrong with them is one line. */
final class BindingsTest {
  private static final ModelConfig MAMBA = new ModelConfig("mamba", 16, 8, 1, "sequential", Map.of());

  /** Wants something that nobody binds, the name of which is near another's. */
  static final class Needy {
    @Inject
    Needy(Map<String, CellFactry> factories) {
      assertThat(factories).isNull();
    }
  }

  /** A slip of the pen. */
  interface CellFactry {}

  private static void refused(String line, Module... modules) {
    assertThatIllegalArgumentException().isThrownBy(() -> Registry.of(List.of(modules))).withMessage(line);
  }

  @Test
  void aNameThatIsBoundTwiceIsOneLine() {
    refused("modules: one ModelFactory named 'lru' expected, two came; give one another name",
        new CoreModule(), new TrainingModule(), new LruModule(), binder ->
            MapBinder.newMapBinder(binder, String.class, ModelFactory.class).addBinding("lru")
                .toInstance(new BoundModel("", "", "", "-", false, (size, solver, options) -> null)));
  }

  @Test
  void whatIsMissingIsOneLineWithTheNearestName() {
    Module needy = binder -> binder.bind(Needy.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Registry.of(List.of(new CoreModule(), new TrainingModule(), new LruModule(), needy)))
        .withMessageStartingWith(
            "modules: a binding of Map<String, CellFactry> expected, none came; nearest: Map<String, CellFactory>, ")
        .withMessageEndingWith("; bind it, or add its module");
    assertThatIllegalArgumentException().isThrownBy(() -> Registry.of(List.of(new CoreModule(), new LruModule())))
        .withMessageMatching("modules: a binding of Map<String, \\w+> expected, none came.*; bind it, or add .*");
  }

  @Test
  void whatIsBoundTwiceIsOneLine() {
    Module again = binder -> binder.bind(ModelConfig.class).toInstance(MAMBA);
    assertThatIllegalArgumentException().isThrownBy(() -> Experiment.trial(Experiment.of("gestures"), again))
        .withMessage("modules: one binding of ModelConfig expected, two came; lay one over the other with"
            + " Modules.override");
    assertThatIllegalArgumentException().isThrownBy(() -> Experiment.trial(again))
        .withMessageStartingWith("modules: a binding of ")
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void anArmIsAModuleLaidOverAnExperiment() {
    var base = Experiment.of("gestures", "train.epochs=3", "seed=4");
    assertThat(Experiment.trial(base)).isEqualTo(Configs.trial("gestures", List.of("train.epochs=3", "seed=4")));
    var arm = Experiment.trial(Modules.override(base).with(binder -> {
      binder.bind(ModelConfig.class).toInstance(MAMBA);
      binder.bind(Experiment.SEED).toInstance(5L);
      binder.bind(Experiment.NAME).toInstance("arm");
    }));
    assertThat(arm.model()).isEqualTo(MAMBA);
    assertThat(arm.seed()).isEqualTo(5);
    assertThat(arm.name()).isEqualTo("arm");
    assertThat(arm.train()).isEqualTo(base.config().train());
    var backend = new BackendConfig("reference", 1, "0:0", "");
    assertThat(Experiment.trial(Modules.override(base).with(b -> b.bind(BackendConfig.class).toInstance(backend)))
        .backend()).isEqualTo(backend);
  }
}
