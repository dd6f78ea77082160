package dev.runnel.datasets.motion;

import org.joml.Quaterniond;
import org.joml.Vector3d;

/** Where a rigid body is and how it is turned, from its start at s = 0 to its end at s = 1. */
@FunctionalInterface
public interface Trajectory {
  /**
   * The pose at {@code s}.
   *
   * @param position set to the body's place in the world, metres, z up
   * @param attitude set to the rotation from the body's axes to the world's
   */
  void pose(double s, Vector3d position, Quaterniond attitude);

  /** The same path walked backwards. */
  default Trajectory reversed() {
    return (s, position, attitude) -> pose(1 - s, position, attitude);
  }
}
