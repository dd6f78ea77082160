package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import org.jspecify.annotations.Nullable;

/**
 * What follows a recurrence in S4, S5, LRU and LinOSS: with {@code g = drop(activation(y))},
 *
 * <pre>{@code
 * FULL    drop((W_1 g + b_1) sigmoid(W_2 g + b_2))     S4's GLU, S5's full_glu, LRU
 * HALF    drop(g sigmoid(W g + b))                     S5's half_glu1
 * RAW     drop(y sigmoid(W g + b))                     S5's half_glu2
 * NONE    g
 * }</pre>
 *
 * <p>FULL holds both of its maps in one {@code linear.weight (2H, H)}, the upper half W_1.
 */
public record Glu(Form form, Activation activation, Dropout dropout) implements Layer {

  /** Which gate. */
  public enum Form {
    FULL,
    HALF,
    RAW,
    NONE
  }

  @Override
  public Tensor apply(Scope p, Tensor y, @Nullable Tensor lengths) {
    int h = y.shape().last();
    var g = dropout.apply(p.scope("inner"), activation.apply(y), lengths);
    var gated =
        switch (form) {
          case NONE -> g;
          case FULL -> {
            var both = Linear.uniform(2 * h).apply(p.scope("linear"), g);
            yield both.slice(-1, 0, h).times(both.slice(-1, h, 2 * h).sigmoid());
          }
          case HALF -> g.times(Linear.uniform(h).apply(p.scope("linear"), g).sigmoid());
          case RAW -> y.times(Linear.uniform(h).apply(p.scope("linear"), g).sigmoid());
        };
    return form == Form.NONE ? gated : dropout.apply(p.scope("outer"), gated, lengths);
  }
}
