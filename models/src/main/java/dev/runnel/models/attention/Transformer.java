package dev.runnel.models.attention;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.Mlp;
import dev.runnel.models.Pooling;
import dev.runnel.models.Size;
import dev.runnel.models.attention.MultiHead.Positions;
import dev.runnel.models.blocks.Classifier;
import dev.runnel.models.blocks.Dropout;
import dev.runnel.models.blocks.Head;
import dev.runnel.models.blocks.LayerNorm;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.blocks.Stack;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Transformer encoder (Vaswani et al. 2017), norms before the parts: blocks {@code x + attention(norm(x))},
 * {@code x + mlp(norm(x))} with a hidden layer of 4H and relu, a last norm, mean pooling, a linear head.
 */
public final class Transformer {
  private static final int WIDENING = 4;

  private Transformer() {}

  /** One block; parameters in {@code attention} and {@code mlp}, each with its {@code norm} and {@code layer}. */
  private record Block(Layer attention, Layer mlp) implements Layer {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      return mlp.apply(p.scope("mlp"), attention.apply(p.scope("attention"), x, lengths), lengths);
    }
  }

  /** A classifier. Positions are the attention's, or without any {@link Sinusoids} of the encoder. */
  public static Classifier of(Size size, MultiHead attention, double dropout) {
    int h = size.hidden();
    var block = new Block(part(attention, dropout), part(new Mlp(WIDENING * h, h), dropout));
    Layer encoder = Linear.uniform(h);
    return new Classifier(
        Stack.of(
            attention.positions() == Positions.NONE ? new Sinusoids(encoder) : encoder, size.layers(), block,
            new LayerNorm()),
        Head.classes(size.classes(), Pooling.MEAN),
        List.of());
  }

  private static Layer part(Layer layer, double dropout) {
    Layer dropped =
        (p, x, lengths) -> Dropout.of(dropout).apply(p.scope("dropout"), layer.apply(p, x, lengths), lengths);
    return new Residual(dropped, new LayerNorm(), Residual.Order.PRE);
  }
}
