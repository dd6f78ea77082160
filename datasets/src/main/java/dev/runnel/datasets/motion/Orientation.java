package dev.runnel.datasets.motion;

import org.joml.Quaterniond;
import org.joml.Vector3d;

/**
 * How a sensor is turned, told from its gyroscope and accelerometer by a complementary filter: the gyroscope's rate is
 * integrated, {@code q <- q exp(omega dt)}, which is right at once but drifts; and where the accelerometer says that up
 * is elsewhere, the estimate is turned towards it by a share {@code dt / (timeConstant + dt)} of the angle between,
 * which is right on average. The heading can't be seen by an accelerometer and drifts with the gyroscope's bias.
 *
 * @param stepsPerSecond samples a second
 * @param timeConstant seconds over which the accelerometer is averaged, more than 0
 */
public record Orientation(double stepsPerSecond, double timeConstant) {
  /** Checks the values. */
  public Orientation {
    if (!(stepsPerSecond > 0 && timeConstant > 0)) {
      throw new IllegalArgumentException("orientation: stepsPerSecond and timeConstant over 0 expected, came "
          + stepsPerSecond + " and " + timeConstant);
    }
  }

  /**
   * The sensor's attitudes.
   *
   * @param values rows of {@code channels}, time-major; the first three are the accelerometer's (any unit, pointing up
   *     at rest), the next three the gyroscope's in rad/s
   * @return for each step the rotation from the sensor's axes to a world with z up, whose heading is the sensor's own
   *     at the first step
   */
  public Quaterniond[] of(double[] values, int length, int channels) {
    if (channels < 6) {
      throw new IllegalArgumentException("orientation: accelerometer and gyroscope expected, 6 channels, came "
          + channels);
    }
    double dt = 1 / stepsPerSecond;
    double share = dt / (timeConstant + dt);
    Vector3d up = new Vector3d(0, 0, 1);
    Vector3d force = new Vector3d();
    Vector3d rate = new Vector3d();
    Quaterniond q = new Quaterniond();
    Quaterniond[] attitudes = new Quaterniond[length];
    for (int t = 0; t < length; t++) {
      int at = t * channels;
      force.set(values[at], values[at + 1], values[at + 2]);
      if (t == 0) {
        q = Rotations.between(force, up);
      } else {
        rate.set(values[at + 3], values[at + 4], values[at + 5]); // over the step that ends here
        double speed = rate.length();
        if (speed > 0) {
          q.mul(new Quaterniond().rotationAxis(speed * dt, rate.x / speed, rate.y / speed, rate.z / speed));
        }
        Quaterniond correction = Rotations.between(q.transform(force), up);
        q = new Quaterniond().slerp(correction, share).mul(q).normalize();
      }
      attitudes[t] = new Quaterniond(q);
    }
    return attitudes;
  }

  /** Turns a row's triples into the world's axes: what is left of how the sensor was worn is the heading. */
  public void toWorld(double[] values, int length, int channels) {
    Quaterniond[] attitudes = of(values, length, channels);
    Vector3d scratch = new Vector3d();
    for (int t = 0; t < length; t++) {
      for (int c = 0; c + 2 < channels; c += 3) {
        Rotations.apply(attitudes[t], values, t * channels + c, scratch);
      }
    }
  }
}
