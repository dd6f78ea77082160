package dev.runnel.models.liquid;

import dev.runnel.models.s4.Hippo;
import java.util.Arrays;

/** The modes that states begin with, {@code A_m = -1/2 + i w_m} and B_m for m = 0 .. N/2 - 1. */
public enum Start {
  /** {@code w_m = pi m}, B = 1 (Gu et al. 2022, S4D). */
  LIN {
    @Override
    double[] frequencies(int n) {
      double[] w = new double[n / 2];
      Arrays.setAll(w, m -> Math.PI * m);
      return w;
    }
  },
  /** {@code w_m = N/pi (N / (2m + 1) - 1)}, B = 1 (Gu et al. 2022, S4D). */
  INV {
    @Override
    double[] frequencies(int n) {
      double[] w = new double[n / 2];
      Arrays.setAll(w, m -> n / Math.PI * (n / (2.0 * m + 1) - 1));
      return w;
    }
  },
  /**
   * The eigenvalues with negative imaginary part of HiPPO-LegS's normal part, and its B in the eigenbasis: what
   * Liquid-S4's results were published with. B is not clipped, as in its code; at 64 states the largest is 40.
   */
  LEGS {
    @Override
    double[] frequencies(int n) {
      return Hippo.legs(n).im();
    }

    @Override
    double[] inputs(int n) {
      return Hippo.legs(n).input();
    }
  };

  abstract double[] frequencies(int n);

  /** Real and imaginary part of each B, one after the other. */
  double[] inputs(int n) {
    double[] b = new double[n / 2 * 2];
    Arrays.setAll(b, i -> 1 - i % 2);
    return b;
  }
}
