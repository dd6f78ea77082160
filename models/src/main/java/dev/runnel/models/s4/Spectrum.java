package dev.runnel.models.s4;

import dev.runnel.autodiff.Init;
import java.util.Arrays;
import java.util.function.Supplier;

/** What S4D's A and B begin with, for N states a channel of which N/2 are kept, n = 0..N/2-1; B is 1 but for LEGS. */
public enum Spectrum {
  /** {@code A_n = -1/2 - i pi n}. */
  LIN,
  /** {@code A_n = -1/2 - i N/pi (N / (2n+1) - 1)}. */
  INV,
  /** The eigenvalues of HiPPO-LegS's normal part, and its B, whose imaginary parts are clipped to [-2, 2]. */
  LEGS,
  /** {@code A_n = -(n+1)}. */
  REAL;

  private static final double CLIP = 2;

  double[] re(int n) {
    double[] re = new double[n / 2];
    Arrays.setAll(re, k -> this == REAL ? -(k + 1) : Hippo.RE);
    return re;
  }

  double[] im(int n) {
    if (this == LEGS) {
      return Hippo.legs(n).im();
    }
    double[] im = new double[n / 2];
    Arrays.setAll(
        im,
        k ->
            switch (this) {
              case LIN -> -Math.PI * k;
              case INV -> -n / Math.PI * (n / (2.0 * k + 1) - 1);
              default -> 0;
            });
    return im;
  }

  /** Real and imaginary part of each, one after the other. */
  double[] input(int n) {
    double[] b = this == LEGS ? Hippo.legs(n).input() : new double[n / 2 * 2];
    for (int k = 0; k < b.length; k += 2) {
      b[k] = this == LEGS ? b[k] : 1;
      b[k + 1] = Math.clamp(b[k + 1], -CLIP, CLIP);
    }
    return b;
  }

  /** The same values again and again, for each spectrum or channel; asked for when a variable begins. */
  public static Init copied(Supplier<double[]> values) {
    return (all, shape, random) -> {
      double[] one = values.get();
      for (int i = 0; i < all.length; i++) {
        all[i] = one[i % one.length];
      }
    };
  }
}
