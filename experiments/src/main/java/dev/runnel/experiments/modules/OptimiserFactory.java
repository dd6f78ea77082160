package dev.runnel.experiments.modules;

import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.experiments.config.OptimiserConfig;

/** Makes the rule by which a gradient becomes a change; rate, decay, clipping, schedule and groups are of all rules. */
public interface OptimiserFactory {

  /** One line for people. */
  String summary();

  /**
   * Makes it.
   *
   * @throws IllegalArgumentException in one line, for values that it can't take
   */
  Optimiser.Rule create(OptimiserConfig config);
}
