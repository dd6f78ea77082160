package dev.runnel.models.liquid;

/** What keeps states from growing where an input makes {@code |A + B u|} larger than 1; neither paper nor code has any. */
public enum Guard {
  /**
   * {@code A + B u} is drawn back to the circle of radius {@code max(|A|, 0.999)} where it lies outside. Elementary
   * polynomials of {@link LiquidSeries.Terms#PB} are clipped to [-1, 1].
   */
  CLAMP,
  /**
   * {@code A + min(1, (1 - |A|) / |B|) B tanh(u)}, which lies within the unit circle. Elementary polynomials go through
   * tanh.
   */
  TANH,
  /** The paper's equations: {@code A + B u}. States may grow without bound. */
  NONE
}
