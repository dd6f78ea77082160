package dev.runnel.models;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that classifies sequences. */
@FunctionalInterface
public interface Model {

  /**
   * Records the model.
   *
   * @param p where its parameters go, and whether it is recorded for training
   * @param x sequences {@code (B, T, channels)}
   * @param lengths I32 {@code (B)}, or null where every row is whole: what lies past a row's length changes
   *     nothing
   * @return one row of class scores a sequence, {@code (B, classes)}
   */
  Tensor logits(Scope p, Tensor x, @Nullable Tensor lengths);

  /** Parameters that its authors train otherwise than the rest; of several that match a path, the last holds. */
  default List<ParameterGroup> groups() {
    return List.of();
  }
}
