package dev.runnel.datasets.motion;

import java.util.random.RandomGenerator;
import org.joml.Quaterniond;
import org.joml.Vector3d;

/**
 * An inertial sensor fixed to a moving body: three accelerometer channels (specific force, m/s^2) and three gyroscope
 * channels (rad/s), all in the sensor's own axes.
 *
 * <p>With body attitude q, sensor place {@code p_s = p + q arm}, gravity g = (0, 0, -9.81) and mounting m (sensor axes
 * to body axes): {@code f = (q m)^-1 (p_s'' - g)} and {@code omega = m^-1 2 vec(q^-1 q')}. At rest f has length 9.81
 * and points up. Derivatives are central differences over a millisecond.
 *
 * @param mount rotation from the sensor's axes to the body's
 * @param arm where on the body the sensor sits, metres
 * @param accelerometerBias constant error, m/s^2
 * @param gyroscopeBias constant error, rad/s
 * @param accelerometerNoise deviation of the white noise, m/s^2
 * @param gyroscopeNoise deviation of the white noise, rad/s
 */
public record Sensor(Quaterniond mount, Vector3d arm, Vector3d accelerometerBias, Vector3d gyroscopeBias,
    double accelerometerNoise, double gyroscopeNoise) {
  /** Values in one step. */
  public static final int CHANNELS = 6;

  /** Standard gravity as used here, m/s^2. */
  public static final double GRAVITY = 9.81;

  private static final double H = 1e-3; // seconds

  /** A perfect sensor in the body's origin, its axes the body's. */
  public static Sensor ideal() {
    return new Sensor(new Quaterniond(), new Vector3d(), new Vector3d(), new Vector3d(), 0, 0);
  }

  /**
   * What the sensor tells while the body moves along the trajectory in {@code seconds}: step k is taken at
   * {@code (k + 1/2) seconds / steps}, so that a path walked backwards is sampled at the same places.
   *
   * @return {@code steps * 6} values, time-major: force x, y, z, then rate x, y, z
   */
  public double[] sample(Trajectory path, double seconds, int steps, RandomGenerator random) {
    double[] out = new double[steps * CHANNELS];
    Vector3d before = new Vector3d();
    Vector3d now = new Vector3d();
    Vector3d after = new Vector3d();
    Quaterniond turnBefore = new Quaterniond();
    Quaterniond turnNow = new Quaterniond();
    Quaterniond turnAfter = new Quaterniond();
    Vector3d force = new Vector3d();
    Vector3d rate = new Vector3d();
    for (int k = 0; k < steps; k++) {
      double t = (k + 0.5) * seconds / steps;
      place(path, (t - H) / seconds, before, turnBefore);
      place(path, t / seconds, now, turnNow);
      place(path, (t + H) / seconds, after, turnAfter);

      force.set(before).add(after).sub(2 * now.x, 2 * now.y, 2 * now.z).div(H * H).add(0, 0, GRAVITY);
      turnNow.transformInverse(force);
      mount.transformInverse(force).add(accelerometerBias);

      turnBefore.conjugate().mul(turnAfter); // the turn of 2 h, in body axes
      double sign = turnBefore.w < 0 ? -1 : 1;
      double sine = Math.sqrt(
          turnBefore.x * turnBefore.x + turnBefore.y * turnBefore.y + turnBefore.z * turnBefore.z);
      double angle = 2 * Math.atan2(sine, sign * turnBefore.w);
      rate.set(turnBefore.x, turnBefore.y, turnBefore.z).mul(sine == 0 ? 0 : sign * angle / sine / (2 * H));
      mount.transformInverse(rate).add(gyroscopeBias);

      for (int c = 0; c < 3; c++) {
        out[k * CHANNELS + c] = force.get(c) + noise(accelerometerNoise, random);
        out[k * CHANNELS + 3 + c] = rate.get(c) + noise(gyroscopeNoise, random);
      }
    }
    return out;
  }

  private static double noise(double deviation, RandomGenerator random) {
    return deviation == 0 ? 0 : deviation * random.nextGaussian();
  }

  private void place(Trajectory path, double s, Vector3d position, Quaterniond attitude) {
    path.pose(s, position, attitude);
    Vector3d offset = attitude.transform(new Vector3d(arm));
    position.add(offset);
  }
}
