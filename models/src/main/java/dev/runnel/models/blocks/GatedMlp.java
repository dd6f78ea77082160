package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import org.jspecify.annotations.Nullable;

/**
 * {@code W_out (activation(W_gate x) (W_value x))} without biases (Shazeer 2020): SwiGLU with {@link
 * Activation#SILU}, GEGLU with {@link Activation#GELU}.
 */
public record GatedMlp(int hidden, int out, Activation activation) implements Layer {

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    var wide = Linear.uniform(hidden).withoutBias();
    var gate = activation.apply(wide.apply(p.scope("gate"), x));
    return Linear.uniform(out).withoutBias().apply(p.scope("out"), gate.times(wide.apply(p.scope("value"), x)));
  }
}
