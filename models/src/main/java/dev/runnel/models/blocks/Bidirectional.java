package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Pooling;
import dev.runnel.ssm.Carried;
import org.jspecify.annotations.Nullable;

/**
 * Two layers, one of which reads each row from its own end: {@code forward(x)} and {@code reverse(backward(reverse
 * x))}, parameters in {@code forward} and {@code backward}.
 */
public record Bidirectional(Layer forward, Layer backward, Join join) implements Layer {

  /** How two readings become one. */
  public enum Join {
    /** Added up. */
    SUM,
    /** Side by side, {@code (B, T, 2H)}. */
    CONCAT
  }

  /** The same kind of layer both ways. */
  public static Bidirectional of(Layer layer, Join join) {
    return new Bidirectional(layer, layer, join);
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    Carried.refuse(p, "a layer that reads both ways");
    var one = forward.apply(p.scope("forward"), x, lengths);
    var other = reversed(backward.apply(p.scope("backward"), reversed(x, lengths), lengths), lengths);
    return join == Join.SUM ? one.plus(other) : Tensor.concat(-1, one, other);
  }

  /** {@code (B, T, H)} with each row's own steps backward; what lies past its end stays. */
  public static Tensor reversed(Tensor x, @Nullable Tensor lengths) {
    if (lengths == null) {
      return x.flip(1);
    }
    return x.reshape(-1, x.shape().last()).gather(Pooling.reversed(x, lengths));
  }
}
