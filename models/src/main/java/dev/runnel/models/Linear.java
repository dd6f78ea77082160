package dev.runnel.models;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;

/**
 * {@code y = x W^T + b} on the last axis: parameters {@code weight (out, in)}, uniform by He et al. 2015,
 * and {@code bias (out)}, zero.
 */
public record Linear(int out) {

  public Tensor apply(Scope p, Tensor x) {
    int in = x.shape().last();
    var weight = p.parameter("weight", Shape.of(out, in), Init.heUniform(in));
    var bias = p.parameter("bias", Shape.of(out), Init.zeros());
    return x.matmulTransposed(weight).plus(bias);
  }
}
