package dev.runnel.experiments.modules;

import dev.runnel.ssm.Cell;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;

/** A cell factory as a value. */
record BoundCell(String summary, IntFunction<Cell> maker, IntUnaryOperator reads) implements CellFactory {

  BoundCell(String summary, IntFunction<Cell> maker) {
    this(summary, maker, states -> states);
  }

  @Override
  public Cell create(int states) {
    return maker.apply(states);
  }

  @Override
  public int inputs(int states) {
    return reads.applyAsInt(states);
  }
}
