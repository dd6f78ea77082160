package dev.runnel.models.s4;

import dev.runnel.models.Complex;

/** From {@code x' = a x + b u} to {@code x_t = decay(z) x_(t-1) + dt gain(z) b u_t}, {@code z = dt a}. */
public enum Discretisation {
  /** The input held over each step: {@code e^z} and {@code (e^z - 1) / z}. */
  ZOH {
    @Override
    public Complex decay(Complex z) {
      return z.exp();
    }

    @Override
    public Complex gain(Complex z) {
      return z.relativeExpm1();
    }
  },

  /** The trapezoidal rule: {@code (1 + z/2) / (1 - z/2)} and {@code 1 / (1 - z/2)}. */
  BILINEAR {
    @Override
    public Complex decay(Complex z) {
      return z.times(0.5).plus(1).times(gain(z));
    }

    @Override
    public Complex gain(Complex z) {
      return z.times(-0.5).plus(1).inverse();
    }
  };

  public abstract Complex decay(Complex z);

  public abstract Complex gain(Complex z);
}
