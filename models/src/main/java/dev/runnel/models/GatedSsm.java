package dev.runnel.models;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import org.jspecify.annotations.Nullable;

/** A state space and what gates its output, {@code glu(ssm(x))}: parameters in {@code ssm} and {@code glu}. */
public record GatedSsm(Layer ssm, Layer glu) implements Layer {

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    return glu.apply(p.scope("glu"), ssm.apply(p.scope("ssm"), x, lengths), lengths);
  }
}
