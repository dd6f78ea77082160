package dev.runnel.datasets.motion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.datasets.SplitMix;
import org.joml.Quaterniond;
import org.joml.Vector3d;
import org.junit.jupiter.api.Test;

/** The sensor obeys mechanics. */
class SensorTest {
  private static final SplitMix NONE = new SplitMix(0, 0);

  @Test
  void atRestItFeelsGravityUpwards() {
    Trajectory tilted = (s, position, attitude) -> {
      position.zero();
      attitude.rotationAxis(Math.PI / 2, 1, 0, 0); // y is up; JOML 1.10.8's rotationX sets z in w's place
    };
    double[] out = Sensor.ideal().sample(tilted, 1, 3, NONE);
    assertThat(out[6]).isCloseTo(0, within(1e-6));
    assertThat(out[7]).isCloseTo(9.81, within(1e-6));
    assertThat(out[8]).isCloseTo(0, within(1e-6));
    assertThat(out[9]).isCloseTo(0, within(1e-9));
  }

  @Test
  void fallingFreelyItFeelsNothing() {
    Trajectory fall = (s, position, attitude) -> {
      position.set(0, 0, -0.5 * 9.81 * (2 * s) * (2 * s));
      attitude.identity();
    };
    double[] out = Sensor.ideal().sample(fall, 2, 10, NONE);
    for (double value : out) {
      assertThat(value).isCloseTo(0, within(1e-5));
    }
  }

  @Test
  void turningOnAnArmItFeelsTheCentripetalForce() {
    Trajectory turn = (s, position, attitude) -> {
      position.zero();
      attitude.rotationZ(3 * s); // 3 rad/s
    };
    Sensor ideal = Sensor.ideal();
    Sensor onArm = new Sensor(new Quaterniond(), new Vector3d(0.5, 0, 0), new Vector3d(), new Vector3d(), 0, 0);
    double[] out = onArm.sample(turn, 1, 5, NONE);
    assertThat(out[12]).isCloseTo(-9 * 0.5, within(1e-4)); // towards the axis
    assertThat(out[14]).isCloseTo(9.81, within(1e-4));
    assertThat(out[17]).isCloseTo(3, within(1e-9));
    assertThat(ideal.sample(turn, 1, 5, NONE)[12]).isCloseTo(0, within(1e-4));
    Sensor turned = new Sensor(new Quaterniond().rotationAxis(Math.PI / 2, 1, 0, 0), new Vector3d(), new Vector3d(),
        new Vector3d(), 0, 0);
    assertThat(turned.sample(turn, 1, 5, NONE)[16]).isCloseTo(3, within(1e-9)); // world z is the sensor's y
  }

  @Test
  void integratingTheGyroscopeGivesTheAttitudeBack() {
    SplitMix random = new SplitMix(5, 1);
    Trajectory path = Gestures.path(1, random);
    int steps = 20_000;
    double seconds = 2;
    double[] out = Sensor.ideal().sample(path, seconds, steps, NONE);
    Vector3d position = new Vector3d();
    Quaterniond wanted = new Quaterniond();
    Quaterniond q = new Quaterniond();
    path.pose(0, position, q);
    for (int k = 0; k < steps; k++) {
      Vector3d rate = new Vector3d(out[6 * k + 3], out[6 * k + 4], out[6 * k + 5]);
      double angle = rate.length() * seconds / steps;
      rate.normalize();
      q.mul(new Quaterniond().rotationAxis(angle, rate.x, rate.y, rate.z));
      if (k % 4000 == 3999) {
        path.pose((k + 1.0) / steps, position, wanted);
        assertThat(Math.abs(q.dot(wanted))).isCloseTo(1, within(1e-6));
      }
    }
  }

  @Test
  void reversalTurnsTimeAndTheGyroscopesSign() {
    Trajectory path = Gestures.path(2, new SplitMix(9, 4));
    int steps = 96;
    double[] forward = Sensor.ideal().sample(path, 1.92, steps, NONE);
    double[] backward = Sensor.ideal().sample(path.reversed(), 1.92, steps, NONE);
    for (int k = 0; k < steps; k++) {
      for (int c = 0; c < 6; c++) {
        double wanted = forward[(steps - 1 - k) * 6 + c] * (c < 3 ? 1 : -1);
        assertThat(backward[k * 6 + c]).isCloseTo(wanted, within(1e-6));
      }
    }
  }
}
