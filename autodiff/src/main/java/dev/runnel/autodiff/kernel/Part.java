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
    final List<LoopBuilder> stages = new ArrayList<>();

    Nest(Shape space, boolean walks) {
      this.space = space;
      this.walks = walks;
    }

    LoopBuilder last() {
      return stages.getLast();
    }
  }

  /** A matrix product; {@code partial} marks results to be added up afterwards. */
  record Product(Plan.Gemm gemm) implements Part {}

  /** Adds the partial results of a nest's chunks, or of a product's splits, to where they belong. */
  record Combine(Nest nest, int partial, View result, Shape shape, Ins.Fold fold, int splits) implements Part {}
}
