package dev.runnel.datasets.motion;

import org.joml.Vector3d;

/**
 * One part of a gesture: out of the rest pose and back the same way, so that it is its own time reversal. The hand is
 * displaced and turned (about an axis, in body axes x forward, y left, z up) in proportion to a profile w.
 */
enum Phase {
  /** Up by a third of a metre, the wrist bending a little. */
  LIFT(new Vector3d(0.05, 0, 0.35), new Vector3d(0, -0.35, 0), 0),
  /** The wrist rolls about the forearm. */
  TWIST(new Vector3d(0, 0, 0), new Vector3d(1.5, 0, 0), 0),
  /** Forward and back, slightly turning. */
  PUSH(new Vector3d(0.35, 0, 0.03), new Vector3d(0, 0, 0.3), 0),
  /** To and fro with the hand upright. */
  WAVE(new Vector3d(0, 0.05, 0), new Vector3d(0, 0, 0.55), 3);

  private final Vector3d shift;
  private final Vector3d turn;
  private final int cycles;

  Phase(Vector3d shift, Vector3d turn, int cycles) {
    this.shift = shift;
    this.turn = turn;
    this.cycles = cycles;
  }

  /** Displacement at w = 1, metres. */
  Vector3d shift() {
    return new Vector3d(shift);
  }

  /** Rotation vector at w = 1, radians. */
  Vector3d turn() {
    return new Vector3d(turn);
  }

  /** {@code w(x) = sin^4(pi x) cos(2 pi cycles (x - 1/2))}: even about 1/2, at rest at both ends. */
  double profile(double x) {
    double s = Math.sin(Math.PI * x);
    return s * s * s * s * (cycles == 0 ? 1 : Math.cos(2 * Math.PI * cycles * (x - 0.5)));
  }
}
