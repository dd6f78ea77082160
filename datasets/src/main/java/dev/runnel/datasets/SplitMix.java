package dev.runnel.datasets;

import java.util.random.RandomGenerator;

/**
 * SplitMix64 (Steele, Lea, Flood 2014), keyed by a seed and a stream, so that the draws of one epoch or one row don't
 * depend on which others were drawn before. Its bits don't depend on the JDK.
 */
public final class SplitMix implements RandomGenerator {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;
  private long state;

  /** The generator of one stream of a seed. */
  public SplitMix(long seed, long stream) {
    state = mix(mix(seed + GAMMA) + stream * GAMMA);
  }

  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    long b = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
    return b ^ (b >>> 31);
  }

  @Override
  public long nextLong() {
    state += GAMMA;
    return mix(state);
  }

  /** Shuffles in place (Fisher and Yates), every order as likely as any other up to 2^-64 of bias a draw. */
  public void shuffle(int[] items) {
    for (int i = items.length - 1; i > 0; i--) {
      int j = (int) Math.unsignedMultiplyHigh(nextLong(), i + 1L);
      int item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }
}
