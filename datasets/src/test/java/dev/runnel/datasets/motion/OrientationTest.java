package dev.runnel.datasets.motion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.runnel.datasets.Augment;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Sequences;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;
import org.joml.Quaterniond;
import org.joml.Vector3d;
import org.junit.jupiter.api.Test;

/** The filter finds a known attitude, bias or not; alignment undoes any mounting. */
class OrientationTest {
  private static final double RATE = 100;

  /** Turning about z while nodding, the attitude known at each step. */
  private static Quaterniond attitude(double t) {
    return new Quaterniond().rotationAxis(0.8 * Math.sin(t), 0, 0, 1)
        .mul(new Quaterniond().rotationAxis(0.5 * Math.sin(2.3 * t), 0, 1, 0));
  }

  /** Degrees between what the filter says at the end and what is true; heading left out or not. */
  private static double error(double bias, double timeConstant, boolean headingToo) {
    Sensor sensor = new Sensor(new Quaterniond(), new Vector3d(), new Vector3d(), new Vector3d(bias, bias, 0), 0.05,
        0.01);
    Trajectory path = (s, position, q) -> {
      position.zero();
      q.set(attitude(20 * s));
    };
    int steps = (int) (20 * RATE);
    double[] values = sensor.sample(path, 20, steps, new SplitMix(1, 2));
    Quaterniond[] found = new Orientation(RATE, timeConstant).of(values, steps, 6);
    double worst = 0;
    for (int k = steps / 2; k < steps; k++) {
      Quaterniond truth = attitude((k + 0.5) / RATE);
      Quaterniond difference = found[k].mul(truth.conjugate(new Quaterniond()), new Quaterniond());
      Vector3d up = difference.transform(new Vector3d(0, 0, 1));
      double angle = headingToo ? 2 * Math.acos(Math.min(1, Math.abs(difference.w))) : Math.acos(Math.min(1, up.z));
      worst = Math.max(worst, Math.toDegrees(angle));
    }
    return worst;
  }

  @Test
  void theAttitudeIsFound() {
    assertThat(error(0, 2, true)).isLessThan(3);
    assertThat(error(0.02, 2, false)).isLessThan(5); // the accelerometer holds the tilt against a bias
    assertThat(error(0.02, 1e9, false)).isGreaterThan(15); // which the gyroscope alone doesn't
  }

  @Test
  void alignedRowsDoNotTellHowTheSensorWasWorn() {
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = new Gestures(3, 12, 0, 96).load(allocator, Storage.standard())) {
      int[] all = IntStream.range(0, data.size()).toArray();
      Sequences worn = Augment.rotated(data, all, 5);
      double[] plain = new double[96 * 6];
      double[] turned = new double[96 * 6];
      for (int row : all) {
        data.read(row, plain);
        worn.read(row, turned);
        assertThat(distance(plain, turned)).isGreaterThan(1);
        Alignment.FULL.over(data).read(row, plain);
        Alignment.FULL.over(worn).read(row, turned);
        assertThat(distance(plain, turned)).as("row " + row).isLessThan(1e-6);
        Alignment.GRAVITY.over(data).read(row, plain);
        Alignment.GRAVITY.over(worn).read(row, turned);
        double up = 0;
        for (int t = 0; t < 96; t++) {
          up = Math.max(up, Math.abs(plain[6 * t + 2] - turned[6 * t + 2]));
        }
        assertThat(up).isLessThan(1e-9); // z alike, the heading as worn
      }
      assertThat(Alignment.NONE.over(data)).isSameAs(data);
    }
  }

  private static double distance(double[] a, double[] b) {
    double most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
    return most;
  }

  @Test
  void rotationsAreDrawnAlike() {
    Vector3d mean = new Vector3d();
    double turn = 0;
    for (int i = 0; i < 20_000; i++) {
      Quaterniond q = Rotations.draw(new SplitMix(4, i), Math.PI);
      mean.add(q.transform(new Vector3d(1, 0, 0)));
      turn += Math.abs(q.w) / 20_000;
      Quaterniond small = Rotations.draw(new SplitMix(4, i), 0.1);
      assertThat(2 * Math.acos(Math.min(1, Math.abs(small.w)))).isLessThan(0.1 + 1e-7);
    }
    assertThat(mean.length() / 20_000).isLessThan(0.02);
    assertThat(turn).isBetween(0.415, 0.435); // 4 / (3 pi) = 0.4244 for the uniform distribution
  }

  @Test
  void theShortestRotationIsFoundForOppositeDirectionsToo() {
    for (Vector3d from : new Vector3d[] {new Vector3d(0, 0, -3), new Vector3d(1, 2, 3), new Vector3d(-5, 0, 0)}) {
      Vector3d up = Rotations.between(from, new Vector3d(0, 0, 1)).transform(new Vector3d(from)).normalize();
      assertThat(up.z).isGreaterThan(1 - 1e-12);
    }
    assertThatThrownBy(() -> new Orientation(0, 1)).hasMessageContaining("over 0 expected");
  }
}
