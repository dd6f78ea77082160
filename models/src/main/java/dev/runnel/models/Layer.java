package dev.runnel.models;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import org.jspecify.annotations.Nullable;

/** A part of a model: sequences in, sequences out (or, for a head, what is wanted of them). */
@FunctionalInterface
public interface Layer {

  /**
   * Records the layer.
   *
   * @param p where its parameters go, and whether it is recorded for training
   * @param x {@code (B, T, H)}
   * @param lengths I32 {@code (B)}, or null where every row is whole; what a layer gives past a row's end is of no
   *     meaning, and no layer lets it change what lies before
   */
  Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths);

  /** The same for whole rows. */
  default Tensor apply(Scope p, Tensor x) {
    return apply(p, x, null);
  }
}
