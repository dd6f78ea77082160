package dev.runnel.models.blocks;

import dev.runnel.autodiff.Tensor;
import java.util.function.UnaryOperator;

/** A function of each number alone. */
public enum Activation {
  IDENTITY(x -> x),
  RELU(Tensor::relu),
  TANH(Tensor::tanh),
  SIGMOID(Tensor::sigmoid),
  /** {@code x sigmoid(x)}. */
  SILU(Tensor::silu),
  /** {@code x/2 (1 + erf(x / sqrt 2))}. */
  GELU(Tensor::gelu),
  /** {@code x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}, what JAX calls gelu unless told otherwise. */
  GELU_TANH(
      x ->
          x.times(x.times(x).times(0.044715).plus(1)).times(Math.sqrt(2 / Math.PI)).tanh().plus(1).times(x).times(0.5));

  private final UnaryOperator<Tensor> function;

  Activation(UnaryOperator<Tensor> function) {
    this.function = function;
  }

  public Tensor apply(Tensor x) {
    return function.apply(x);
  }
}
