package dev.runnel.experiments.modules;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.memory.Memory;
import dev.runnel.ssm.Range;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Stability;
import java.util.Collections;

/** What is proved of bound cells with weights as they begin. */
public final class Verdict {
  /** Inputs within three standard deviations of standardised data. */
  public static final Range USUAL = new Range(-3, 3);

  /** All inputs. */
  public static final Range ANY = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  private static final int STATES = 4;

  private Verdict() {}

  /** Of a cell of 4 states whose weights begin by the seed 0, for inputs that are all in a range. */
  public static Stability of(CellFactory factory, Range range) {
    var cell = factory.create(STATES);
    int inputs = factory.inputs(STATES);
    var tape = new Tape(DType.F64);
    Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(1, 1, inputs)));
    try (var allocator = Memory.exact();
        var weights = new Variables(allocator, 0)) {
      weights.declare(tape);
      return Stability.of(cell, "", weights::get, Collections.nCopies(inputs, range));
    }
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
