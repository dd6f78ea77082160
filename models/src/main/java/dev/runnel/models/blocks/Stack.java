package dev.runnel.models.blocks;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An encoder, blocks one after the other, and perhaps a norm: parameters in {@code encoder}, {@code blocks.0},
 * {@code blocks.1}, .. and {@code norm}.
 */
public record Stack(Layer encoder, List<Layer> blocks, @Nullable Layer norm) implements Layer {
  public Stack {
    blocks = List.copyOf(blocks);
  }

  /** The same block many times. */
  public static Stack of(Layer encoder, int count, Layer block, @Nullable Layer norm) {
    return new Stack(encoder, Collections.nCopies(count, block), norm);
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    var y = encoder.apply(p.scope("encoder"), x, lengths);
    for (int i = 0; i < blocks.size(); i++) {
      y = blocks.get(i).apply(p.scope("blocks").scope(i), y, lengths);
    }
    return norm == null ? y : norm.apply(p.scope("norm"), y, lengths);
  }
}
