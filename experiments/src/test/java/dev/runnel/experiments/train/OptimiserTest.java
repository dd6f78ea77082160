package dev.runnel.experiments.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.optimise.Adam;
import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.models.ParameterGroup;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a config and a model's own groups make an optimiser of. */
class OptimiserTest {
  private static final List<ParameterGroup> OF_MODEL =
      List.of(ParameterGroup.undecayed("*.D"), ParameterGroup.slower("*.A", 0.25), ParameterGroup.atMost("*.B", 1e-3));

  private static Optimiser of(String... settings) {
    var config = Configs.trial("gestures", List.of(settings)).train().optimiser();
    return Registry.standard().optimiser(config, OF_MODEL, 1000);
  }

  @Test
  void theModelsGroupsHoldUnlessTheConfigSaysOtherwise() {
    var optimiser =
        of("train.optimiser.name=adamw", "train.optimiser.rate=0.01", "train.optimiser.weightDecay=0.1",
            "train.optimiser.groups=[{pattern: first, rate: 0}, {pattern: second, weightDecay: 0.5}]");
    assertThat(optimiser.groups()).as("the last that matches holds").containsExactly(
        new Optimiser.Group("*.D", 0.01, 0), new Optimiser.Group("*.A", 0.0025, 0),
        new Optimiser.Group("*.B", 0.001, 0), new Optimiser.Group("second", 0.01, 0.5),
        new Optimiser.Group("first", 0, 0.1));
    assertThat(optimiser.rule()).isEqualTo(new Adam(0.9, 0.999, 1e-8));
    assertThat(of("train.optimiser.modelGroups=false").groups()).isEmpty();
  }

  @Test
  void schedulesAreSharesOfTraining() {
    assertThat(of().schedule()).isEqualTo(new Course(0, 0, 0));
    var optimiser =
        of("train.optimiser.name=sgd", "train.optimiser.momentum=0.5", "train.optimiser.schedule.name=cosine",
            "train.optimiser.schedule.warmup=0.1", "train.optimiser.schedule.least=0.01");
    assertThat(optimiser.schedule()).isEqualTo(new Course(100, 1000, 0.01));
    assertThat(optimiser.rule()).isEqualTo(new Sgd(0.5));
  }
}
