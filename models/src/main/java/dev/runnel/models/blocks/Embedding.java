package dev.runnel.models.blocks;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Pooling;
import org.jspecify.annotations.Nullable;

/**
 * A vector for each of a vocabulary's tokens: inputs {@code (B, T, 1)} are their numbers, 0 or more; parameter
 * {@code weight (vocabulary, out)}. What lies outside the vocabulary counts as its nearest token.
 *
 * @param deviation of the normal distribution that vectors begin with; 1 in S4, 0.02 in Mamba
 */
public record Embedding(int vocabulary, int out, double deviation) implements Layer {

  public Embedding {
    if (vocabulary < 1 || out < 1) {
      throw new IllegalArgumentException(
          "embedding: a token and a feature or more expected, %d and %d came".formatted(vocabulary, out));
    }
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    if (x.shape().rank() != 3 || x.shape().last() != 1) {
      throw new IllegalArgumentException("embedding: tokens (B, T, 1) expected, %s came".formatted(x.shape()));
    }
    var token = Pooling.masked(x, lengths).maximum(0).minimum(vocabulary - 1).toInt();
    return p.parameter("weight", Shape.of(vocabulary, out), Init.normal(deviation))
        .gather(token.reshape(x.shape().range(0, 2)));
  }
}
