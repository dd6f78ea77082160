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

  @Override
  public Model create(Size size, Solver solver, Map<String, Object> options) {
    return maker.create(size, solver, options);
  }
}
