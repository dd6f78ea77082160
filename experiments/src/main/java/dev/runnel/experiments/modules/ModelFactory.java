package dev.runnel.experiments.modules;

import dev.runnel.models.Model;
import dev.runnel.models.Size;
import dev.runnel.ssm.Solver;
import java.util.Map;

/** Makes a model of a size. */
public interface ModelFactory {

  /** One line for people. */
  String summary();

  /** Where the model was published: authors, year, arXiv number or venue. */
  String paper();

  /** Order of the work of a block on one sequence: T steps, H features, N states. */
  String complexity();

  /** In place of a cell's name: a model without one whose stability is known. */
  String NO_CELL = "-";

  /**
   * Name of the bound cell that its blocks run unless options say otherwise, whose stability is told as the model's; or
   * {@link #NO_CELL}.
   */
  default String cell() {
    return NO_CELL;
  }

  /** Whether a block needs no more of the past than a state of fixed size, so that it can run step by step. */
  boolean isStreaming();

  /**
   * Makes it.
   *
   * @param options what this model alone has, from the config
   * @throws IllegalArgumentException in one line, for options that it does not have
   */
  Model create(Size size, Solver solver, Map<String, Object> options);
}
