package dev.runnel.experiments.modules;

import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** A model factory as a value. */
record BoundModel(String summary, String paper, String complexity, String cell, boolean isStreaming, Maker maker)
    implements ModelFactory {

  /** See {@link ModelFactory#create}. */
  @FunctionalInterface
  interface Maker {
    Model create(Size size, Solver solver, Map<String, Object> options);
  }

  /** Refuses what solves in parallel, for a model that has no scan of its own. */
  static void withoutScan(String model, Solver solver) {
    if (!(solver instanceof Solver.Sequential) && !(solver instanceof Solver.Auto)) {
      throw new IllegalArgumentException(
          "model.solver: sequential or auto expected, %s came; %s has no scan to solve".formatted(solver.name(), model));
    }
  }

  @Override
  public Model create(Size size, Solver solver, Map<String, Object> options) {
    return maker.create(size, solver, options);
  }
}
