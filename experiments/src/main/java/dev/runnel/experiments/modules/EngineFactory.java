package dev.runnel.experiments.modules;

import dev.runnel.autodiff.Engine;

/** Makes an engine: the oracle, or a backend behind the lowering. */
public interface EngineFactory {

  /** One line for people. */
  String summary();

  /**
   * Makes it.
   *
   * @param threads workers, at least 1
   */
  Engine create(int threads);
}
