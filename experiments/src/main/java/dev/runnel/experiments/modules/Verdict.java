package dev.runnel.experiments.modules;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.memory.Memory;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Range;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Stability;
import java.util.Collections;

/**
 * What is proved of a bound cell with weights as they begin, from the seed 0.
 *
 * @param usual for inputs within three standard deviations of standardised data
 * @param any for all inputs
 */
public record Verdict(Stability usual, Stability any) {
  /** States of the cells that are looked at. */
  public static final int STATES = 4;

  private static final Range USUAL = new Range(-3, 3);
  private static final Range ANY = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  public static Verdict of(CellFactory factory) {
    var cell = factory.create(STATES);
    int inputs = factory.inputs(STATES);
    var tape = new Tape(DType.F64);
    Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(1, 1, inputs)));
    try (var allocator = Memory.exact();
        var weights = new Variables(allocator, 0)) {
      weights.declare(tape);
      return new Verdict(of(cell, weights, inputs, USUAL), of(cell, weights, inputs, ANY));
    }
  }

  private static Stability of(Cell cell, Variables weights, int inputs, Range range) {
    return Stability.of(cell, "", weights::get, Collections.nCopies(inputs, range));
  }

  /** The kind, with the bound where that says more. */
  public static String text(Stability stability) {
    return switch (stability.kind()) {
      case CONTRACTIVE, NOT_GUARANTEED ->
          Double.isInfinite(stability.bound())
              ? stability.kind().toString()
              : "%s, %.4g".formatted(stability.kind(), stability.bound());
      case UNKNOWN -> "%s: %s".formatted(stability.kind(), stability.where());
      case MARGINAL, UNBOUNDED -> stability.kind().toString();
    };
  }
}
