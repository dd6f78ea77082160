package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import java.util.List;

/** Primitives computed at once. */
record Numbers(DType type) implements Arithmetic<Long> {
  @Override
  public Long constant(double value) {
    return Scalar.fromDouble(type, value);
  }

  @Override
  public Long integer(long value) {
    return Scalar.fromInteger(type, value);
  }

  @Override
  public Long compute(Prim prim, List<Long> x) {
    return Scalar.compute(type, prim, x.get(0), x.size() > 1 ? x.get(1) : 0, x.size() > 2 ? x.get(2) : 0);
  }

  /** A FLOAT value as a number. */
  public double number(Long value) {
    return Scalar.toDouble(type, value);
  }
}
