package dev.runnel.experiments.modules;

import dev.runnel.autodiff.Engine;

/** Makes an engine: the oracle, or a backend behind the lowering. */
public interface EngineFactory {

  /** One line for people. */
  String summary();

  /**
   * Makes it.
   *
   * @param threads workers, at least 1; what has its own ignores it
   * @param device {@code backend:number}; what has one device ignores it
   * @param dump folder for kernels' sources, empty for none
   * @throws IllegalArgumentException in one line, when it can't be had here
   */
  Engine create(int threads, String device, String dump);
}
