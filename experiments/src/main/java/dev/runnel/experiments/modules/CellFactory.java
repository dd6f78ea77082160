package dev.runnel.experiments.modules;

import dev.runnel.ssm.Cell;

/** Makes a cell of a number of states. */
public interface CellFactory {

  /** One line for people, with the paper. */
  String summary();

  Cell create(int states);

  /** Features that a cell of so many states reads. */
  default int inputs(int states) {
    return states;
  }
}
