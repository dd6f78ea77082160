package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import org.jspecify.annotations.Nullable;

/**
 * A layer beside the identity: {@code x + layer(norm(x))} or {@code norm(x + layer(x))}; parameters in {@code layer}
 * and {@code norm}.
 */
public record Residual(Layer layer, Layer norm, Order order) implements Layer {

  /** Where the norm stands. */
  public enum Order {
    /** Before the layer; a stack of such blocks wants one more norm at its end. */
    PRE,
    /** After the sum. */
    POST
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    var inner = order == Order.PRE ? norm.apply(p.scope("norm"), x, lengths) : x;
    var sum = x.plus(layer.apply(p.scope("layer"), inner, lengths));
    return order == Order.PRE ? sum : norm.apply(p.scope("norm"), sum, lengths);
  }
}
