package dev.runnel.experiments.modules;

import dev.runnel.ssm.Cell;
import java.util.function.IntFunction;

/** A cell factory as a value. */
record BoundCell(String summary, IntFunction<Cell> maker) implements CellFactory {

  @Override
  public Cell create(int states) {
    return maker.apply(states);
  }
}
