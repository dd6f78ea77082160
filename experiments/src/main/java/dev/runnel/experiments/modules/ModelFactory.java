package dev.runnel.experiments.modules;

import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** Makes a model of a size. */
public interface ModelFactory {

  /** One line for people, with the paper. */
  String summary();

  /**
   * Makes it.
   *
   * @param options what this model alone has, from the config
   * @throws IllegalArgumentException in one line, for options that it does not have
   */
  Model create(Size size, Solver solver, Map<String, Object> options);
}
