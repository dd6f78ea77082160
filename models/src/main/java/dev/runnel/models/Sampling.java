package dev.runnel.models;

import dev.runnel.autodiff.Tensor;

/** How steps of a sequence lie in time. */
public enum Sampling {
  /** Equally spaced, one unit apart. */
  EVEN,
  /** The last channel of an input {@code (B, T, H + 1)} is the time that each step stands for; the rest is read. */
  INTERVALS;

  /** What is read: {@code (B, T, H)}. */
  public Tensor read(Tensor u) {
    return this == EVEN ? u : u.slice(-1, 0, channels(u) - 1);
  }

  /** Each step's own time, {@code (B, T, 1)}; asked for with {@link #INTERVALS} only. */
  public Tensor interval(Tensor u) {
    return u.slice(-1, channels(u) - 1, channels(u));
  }

  private static int channels(Tensor u) {
    int channels = u.shape().last();
    if (channels < 2) {
      throw new IllegalArgumentException(
          "intervals: a channel to read and one of intervals expected, %s came".formatted(u.shape()));
    }
    return channels;
  }
}
