package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.Shape;
import java.util.ArrayList;
import java.util.List;

/** What the items of a plan are while they are being made. */
sealed interface Part {

  /** Loops over one space, stage after stage on each tile. */
  final class Nest implements Part {
    final Shape space;
    final boolean walks;

    /** Whether positions of the first axis are rows of a repeat, or parts of them. */
    final boolean rows;

    final List<LoopBuilder> stages = new ArrayList<>();

    Nest(Shape space, boolean walks, boolean rows) {
      this.space = space;
      this.walks = walks;
      this.rows = rows;
    }

    LoopBuilder last() {
      return stages.getLast();
    }
  }

  /**
   * Passes of parts of their own.
   *
   * @param going buffer of the rows' flags, {@code flags} of them
   * @param from the first buffer that only these parts use; those up to {@code to} are too
   */
  record Repeated(int max, int going, int flags, List<Part> parts, int from, int to) implements Part {
    boolean local(int buffer) {
      return buffer >= from && buffer < to;
    }
  }

  /** A matrix product; {@code partial} marks results to be added up afterwards. */
  record Product(Plan.Gemm gemm) implements Part {}

  /** Adds the partial results of a nest's chunks, or of a product's splits, to where they belong. */
  record Combine(Nest nest, int partial, View result, Shape shape, Ins.Fold fold, int splits) implements Part {}
}
