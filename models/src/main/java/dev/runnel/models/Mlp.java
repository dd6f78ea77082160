package dev.runnel.models;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import org.jspecify.annotations.Nullable;

/** {@code W_1 relu(W_0 x + b_0) + b_1} on the last axis; layers {@code 0} and {@code 1}. */
public record Mlp(int hidden, int out) implements Layer {

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    return new Linear(out).apply(p.scope(1), new Linear(hidden).apply(p.scope(0), x).relu());
  }
}
