package dev.runnel.experiments.modules;

import dev.runnel.ssm.Solver;

/** Makes a solver with its usual settings. */
public interface SolverFactory {

  /** One line for people. */
  String summary();

  /**
   * Makes it.
   *
   * @param workers threads that are configured
   */
  Solver create(int workers);
}
