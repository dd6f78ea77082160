package dev.runnel.datasets.motion;

import dev.runnel.datasets.Over;
import dev.runnel.datasets.Sequences;
import org.joml.Quaterniond;
import org.joml.Vector3d;

/**
 * Rows turned so that it doesn't matter how the sensor was worn: channels 0 to 2 are an accelerometer, every further
 * triple a sensor in the same case. Rotating a row's sensors beforehand changes nothing of what is read, but for
 * rounding; so a model needs no examples of other wearings. Missing values aren't borne: fill them first.
 */
public enum Alignment {
  /** Nothing is turned. */
  NONE,
  /** The row's mean acceleration, mostly gravity, is turned to z by the shortest way; the heading stays as worn. */
  GRAVITY,
  /**
   * Gravity is turned to z, and then the direction in which the horizontal acceleration varies most to x, with the
   * sign that makes its third moment positive.
   */
  FULL;

  /** The data aligned, or the data itself for {@link #NONE}. */
  public Sequences over(Sequences data) {
    if (this == NONE) {
      return data;
    }
    if (data.channels() % 3 != 0) {
      throw new IllegalArgumentException(
          "alignment: channels by threes expected, " + data.name() + " has " + data.channels());
    }
    return new Aligned(data, this);
  }

  private record Aligned(Sequences below, Alignment by) implements Over {
    @Override
    public long missing() {
      return below.missing();
    }

    @Override
    public void read(int row, double[] into) {
      below.read(row, into);
      Rotations.apply(by.rotation(into, below.length(row), channels()), into, below.length(row), channels());
    }
  }

  /** The rotation that aligns a row. */
  Quaterniond rotation(double[] values, int length, int channels) {
    Vector3d mean = new Vector3d();
    for (int t = 0; t < length; t++) {
      mean.add(values[t * channels], values[t * channels + 1], values[t * channels + 2]);
    }
    Quaterniond upright = Rotations.between(mean.div(length), new Vector3d(0, 0, 1));
    if (this == GRAVITY) {
      return upright;
    }
    Vector3d v = new Vector3d();
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (int t = 0; t < length; t++) { // about the mean, whose horizontal part is zero now
      upright.transform(v.set(values[t * channels], values[t * channels + 1], values[t * channels + 2]));
      xx += v.x * v.x;
      xy += v.x * v.y;
      yy += v.y * v.y;
    }
    double heading = 0.5 * Math.atan2(2 * xy, xx - yy);
    Quaterniond turned = new Quaterniond().rotationAxis(-heading, 0, 0, 1).mul(upright);
    double third = 0;
    for (int t = 0; t < length; t++) {
      turned.transform(v.set(values[t * channels], values[t * channels + 1], values[t * channels + 2]));
      third += v.x * v.x * v.x;
    }
    return third >= 0 ? turned : new Quaterniond().rotationAxis(Math.PI, 0, 0, 1).mul(turned);
  }
}
