package dev.runnel.models.liquid;

/** The modes that states begin with, {@code A_m = -1/2 + i w_m} for m = 0 .. N/2 - 1, B = 1 (Gu et al. 2022, S4D). */
public enum Start {
  /** {@code w_m = pi m}. */
  LIN {
    @Override
    double frequency(int m, int n) {
      return Math.PI * m;
    }
  },
  /** {@code w_m = N/pi (N / (2m + 1) - 1)}. */
  INV {
    @Override
    double frequency(int m, int n) {
      return n / Math.PI * (n / (2.0 * m + 1) - 1);
    }
  };

  abstract double frequency(int m, int n);
}
