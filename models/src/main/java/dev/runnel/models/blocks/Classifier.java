package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Model;
import dev.runnel.models.ParameterGroup;
import dev.runnel.models.Pooling;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model from parts: {@code head(body(x))}. The body's parameters lie at the root, the head's in {@code head}. What
 * lies past a row's end is zero before anything sees it.
 *
 * @param groups parameters that its authors train otherwise
 */
public record Classifier(Layer body, Layer head, List<ParameterGroup> groups) implements Model {
  public Classifier {
    groups = List.copyOf(groups);
  }

  @Override
  public Tensor logits(Scope p, Tensor x, @Nullable Tensor lengths) {
    return head.apply(p.scope("head"), body.apply(p, Pooling.masked(x, lengths), lengths), lengths);
  }
}
