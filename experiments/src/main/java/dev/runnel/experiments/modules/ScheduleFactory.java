package dev.runnel.experiments.modules;

import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.experiments.config.OptimiserConfig;

/** Makes the course that the learning rate takes. */
public interface ScheduleFactory {

  /** One line for people. */
  String summary();

  /**
   * Makes it.
   *
   * @param warmup steps in which the rate rises, the configured share of all
   * @param steps of the optimiser that training takes at most, more than {@code warmup}
   */
  Optimiser.Schedule create(OptimiserConfig.Schedule config, int warmup, int steps);
}
