package dev.runnel.models;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = x W^T + b} on the last axis: parameters {@code weight (out, in)} and {@code bias (out)}.
 *
 * @param weight how the weights begin, by the number of inputs
 * @param bias how the bias begins, by the number of inputs; null for none
 */
public record Linear(int out, IntFunction<Init> weight, @Nullable IntFunction<Init> bias) implements Layer {

  /** Weights uniform by He et al. 2015, bias zero. */
  public Linear(int out) {
    this(out, Init::heUniform, in -> Init.zeros());
  }

  /** Weights and bias uniform on {@code (-1/sqrt in, 1/sqrt in)}, as PyTorch's layer begins. */
  public static Linear uniform(int out) {
    return new Linear(out, Linear::bounded, Linear::bounded);
  }

  /** The same without a bias. */
  public Linear withoutBias() {
    return new Linear(out, weight, null);
  }

  /** {@code U(-1/sqrt in, 1/sqrt in)}. */
  public static Init bounded(int in) {
    double bound = 1 / Math.sqrt(in);
    return Init.uniform(-bound, bound);
  }

  @Override
  public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
    int in = x.shape().last();
    var y = x.matmulTransposed(p.parameter("weight", Shape.of(out, in), weight.apply(in)));
    return bias == null ? y : y.plus(p.parameter("bias", Shape.of(out), bias.apply(in)));
  }
}
