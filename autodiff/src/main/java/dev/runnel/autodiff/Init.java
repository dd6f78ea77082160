package dev.runnel.autodiff;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** How a variable's first value is drawn, on the host and in double. */
@FunctionalInterface
public interface Init {

  /** Fills the values, row-major, of a variable of this shape. */
  void fill(double[] values, Shape shape, RandomGenerator random);

  /** The path whose random numbers a variable at {@code path} is filled with: its own, unless said otherwise. */
  default String drawsOf(String path) {
    return path;
  }

  /**
   * Filled with the random numbers of another variable, for what is computed from that one's first value.
   *
   * @param path the other variable's
   */
  static Init alongside(String path, Init init) {
    return new Init() {
      @Override
      public void fill(double[] values, Shape shape, RandomGenerator random) {
        init.fill(values, shape, random);
      }

      @Override
      public String drawsOf(String own) {
        return path;
      }
    };
  }

  static Init constant(double value) {
    return (values, shape, random) -> Arrays.fill(values, value);
  }

  static Init zeros() {
    return constant(0);
  }

  /** The values given, row-major. */
  static Init of(double... given) {
    double[] copy = given.clone();
    return (values, shape, random) -> {
      if (copy.length != values.length) {
        throw new IllegalArgumentException(
            "init: %d values expected for shape %s, %d came".formatted(values.length, shape, copy.length));
      }
      System.arraycopy(copy, 0, values, 0, values.length);
    };
  }

  /** Independent, uniform on {@code [low, high)}. */
  static Init uniform(double low, double high) {
    return (values, shape, random) -> {
      for (int i = 0; i < values.length; i++) {
        values[i] = low + (high - low) * random.nextDouble();
      }
    };
  }

  /** Independent, normal with mean 0. */
  static Init normal(double deviation) {
    return (values, shape, random) -> {
      for (int i = 0; i < values.length; i++) {
        values[i] = deviation * random.nextGaussian();
      }
    };
  }

  /** {@code U(-sqrt(6 / fanIn), sqrt(6 / fanIn))} (He et al. 2015). */
  static Init heUniform(int fanIn) {
    double bound = Math.sqrt(6.0 / fanIn);
    return uniform(-bound, bound);
  }
}
