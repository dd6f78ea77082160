package dev.runnel.datasets.motion;

import java.util.random.RandomGenerator;
import org.joml.Quaterniond;
import org.joml.Vector3d;

/** Rotations of three-axis sensors: channels 0 to 2, 3 to 5, ... are the x, y and z of one sensor each. */
public final class Rotations {
  private Rotations() {}

  /**
   * A rotation about an axis of any direction, its angle uniform in {@code [-most, most)}; for {@code most} of pi or
   * more one out of all rotations, each as likely.
   */
  public static Quaterniond draw(RandomGenerator random, double most) {
    double x = random.nextGaussian();
    double y = random.nextGaussian();
    double z = random.nextGaussian();
    double w = random.nextGaussian();
    if (most >= Math.PI) {
      return new Quaterniond(x, y, z, w).normalize(); // uniform on the sphere of unit quaternions
    }
    double length = Math.sqrt(x * x + y * y + z * z);
    return new Quaterniond().rotationAxis(most * (2 * random.nextDouble() - 1), x / length, y / length, z / length);
  }

  /** Rotates all triples of all steps. */
  public static void apply(Quaterniond rotation, double[] values, int length, int channels) {
    Vector3d v = new Vector3d();
    for (int i = 0; i + 2 < length * channels; i += 3) {
      apply(rotation, values, i, v);
    }
  }

  /** Rotates one triple. */
  static void apply(Quaterniond rotation, double[] values, int at, Vector3d scratch) {
    rotation.transform(scratch.set(values[at], values[at + 1], values[at + 2]));
    values[at] = scratch.x;
    values[at + 1] = scratch.y;
    values[at + 2] = scratch.z;
  }

  /** The shortest rotation that turns the direction of one vector to that of another; none for a zero vector. */
  static Quaterniond between(Vector3d from, Vector3d to) {
    double lengths = from.length() * to.length();
    if (!(lengths > 1e-12)) {
      return new Quaterniond();
    }
    Vector3d axis = from.cross(to, new Vector3d());
    double angle = Math.atan2(axis.length(), from.dot(to));
    if (axis.length() < 1e-12 * lengths) { // any axis across will do for opposite directions
      axis = Math.abs(from.x) < 0.9 * from.length() ? from.cross(1, 0, 0, axis) : from.cross(0, 1, 0, axis);
    }
    axis.normalize();
    return new Quaterniond().rotationAxis(angle, axis.x, axis.y, axis.z);
  }
}
