package dev.runnel.ssm;

import dev.runnel.autodiff.Shape;

/**
 * What one position of a sequence keeps.
 *
 * @param lanes {@code (D)}, or {@code (D, N)} with N states a channel
 * @param components values a lane: 1, or 2 that read each other (complex parts, an LSTM's c and h)
 */
public record StateShape(Shape lanes, int components) {
  public StateShape {
    if (lanes.rank() < 1 || lanes.rank() > 2) {
      throw new IllegalArgumentException("state: lanes (D) or (D, N) expected, %s came".formatted(lanes));
    }
    if (components < 1 || components > 2) {
      throw new IllegalArgumentException("state: 1 or 2 components expected, %d came".formatted(components));
    }
  }

  /** One value in each of {@code d} channels. */
  public static StateShape of(int d) {
    return new StateShape(Shape.of(d), 1);
  }

  /** {@code n} values in each of {@code d} channels. */
  public static StateShape of(int d, int n) {
    return new StateShape(Shape.of(d, n), 1);
  }

  /** The same lanes with two components each. */
  public StateShape paired() {
    return new StateShape(lanes, 2);
  }
}
