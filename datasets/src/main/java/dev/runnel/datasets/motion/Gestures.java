package dev.runnel.datasets.motion;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.DatasetBuilder;
import dev.runnel.datasets.DatasetSource;
import dev.runnel.datasets.SplitMix;
import dev.runnel.datasets.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.arrow.memory.BufferAllocator;
import org.joml.Quaterniond;
import org.joml.Vector3d;

/**
 * Eight gestures of a hand that holds an inertial sensor, made from rigid-body motion: no files needed, the same values
 * every time.
 *
 * <p>A gesture is two of the four phases lift, twist, push and wave, one after the other. Classes 0 to 3 are the
 * neighbours in that ring (lift-twist, twist-push, push-wave, wave-lift); class 4 + k is the time reversal of the path
 * of class k (twist-lift, ...). Each phase goes out and back the same way, and everything else that varies is drawn
 * from distributions that a reversal leaves as they are. So a gesture and its reversal differ in order alone: mean,
 * deviation or quantiles of a channel, and anything else that forgets the order, can at best tell the four pairs
 * apart, which is an accuracy of one half.
 *
 * <p>What varies: speed, share of the two phases, pauses at both ends, size and axis of each phase, how unevenly it is
 * walked, how the hand is held, tremor, the sensor's mounting, bias and noise. Rows are cases of balanced classes in
 * shuffled order; six channels (accelerometer x, y, z in m/s^2, gyroscope x, y, z in rad/s), 50 steps a second.
 *
 * @param seed of all that is drawn
 * @param trainRows rows of the TRAIN part, from which a split takes its validation rows too
 * @param testRows rows of the TEST part
 * @param steps steps of each row
 */
public record Gestures(long seed, int trainRows, int testRows, int steps) implements DatasetSource {
  /** Class names in the order of their labels. */
  public static final List<String> CLASSES = List.of("lift-twist", "twist-push", "push-wave", "wave-lift",
      "twist-lift", "push-twist", "wave-push", "lift-wave");

  private static final double STEPS_PER_SECOND = 50;

  /** Checks the sizes. */
  public Gestures {
    if (trainRows < 1 || testRows < 0 || steps < 8) {
      throw new IllegalArgumentException("gestures: at least 1 train row and 8 steps expected, came " + trainRows
          + " and " + steps);
    }
  }

  /** The dataset {@code gestures}: 640 TRAIN and 320 TEST rows of 96 steps. */
  public static Gestures standard() {
    return new Gestures(20_250_521, 640, 320, 96);
  }

  @Override
  public String name() {
    return "gestures";
  }

  @Override
  public String summary() {
    return "eight motions of a hand-held accelerometer and gyroscope, four of them the others in reverse; generated";
  }

  @Override
  public Dataset load(BufferAllocator allocator, Storage storage) {
    try (DatasetBuilder builder = new DatasetBuilder(allocator, name(), storage)) {
      builder.classes(CLASSES);
      part(builder, trainRows, 0);
      if (testRows > 0) {
        builder.beginTest();
        part(builder, testRows, trainRows);
      }
      return builder.build();
    }
  }

  private void part(DatasetBuilder builder, int rows, int before) {
    int[] labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = i % CLASSES.size();
    }
    new SplitMix(seed, -1 - before).shuffle(labels);
    for (int i = 0; i < rows; i++) {
      RandomGenerator random = new SplitMix(seed, before + i);
      double[] values = sensor(random).sample(path(labels[i], random), steps / STEPS_PER_SECOND, steps, random);
      builder.add(values, Sensor.CHANNELS, labels[i]);
    }
  }

  /** A gesture of that class, varied by what is drawn. */
  public static Trajectory path(int label, RandomGenerator random) {
    Phase[] ring = Phase.values();
    int k = label % ring.length;
    Trajectory forward = new Gesture(Part.draw(ring[k], random), Part.draw(ring[(k + 1) % ring.length], random),
        0.5 + spread(0.08, random), 0.02 + 0.13 * random.nextDouble(), 0.02 + 0.13 * random.nextDouble(),
        turn(normal(0.15, random)), Tremor.draw(random));
    return label < ring.length ? forward : forward.reversed();
  }

  /** A sensor as one is held and as one is sold. */
  public static Sensor sensor(RandomGenerator random) {
    return new Sensor(turn(normal(0.2, random)), new Vector3d(0.12, 0, 0.02).add(normal(0.01, random)),
        normal(0.15, random), normal(0.05, random), 0.25, 0.08);
  }

  private static double spread(double most, RandomGenerator random) {
    return most * (2 * random.nextDouble() - 1);
  }

  private static Vector3d normal(double deviation, RandomGenerator random) {
    return new Vector3d(random.nextGaussian(), random.nextGaussian(), random.nextGaussian()).mul(deviation);
  }

  private static Quaterniond turn(Vector3d vector) {
    double angle = vector.length();
    return angle == 0 ? new Quaterniond()
        : new Quaterniond().rotationAxis(angle, vector.x / angle, vector.y / angle, vector.z / angle);
  }

  /** A phase as one hand does it once: its displacement, its axis and angle, and how unevenly it is walked. */
  private record Part(Phase phase, Vector3d shift, Vector3d axis, double angle, double skew) {
    static Part draw(Phase phase, RandomGenerator random) {
      double size = 1 + spread(0.25, random);
      Vector3d shift = phase.shift().mul(size).add(normal(0.02, random));
      Vector3d turn = phase.turn().mul(size).add(normal(0.08, random));
      double angle = turn.length();
      return new Part(phase, shift, turn.div(angle), angle, spread(0.3, random));
    }

    /** x walked unevenly: {@code x + skew x (1 - x)}; the reversal has the skew's sign turned. */
    double profile(double x) {
      return phase.profile(x + skew * x * (1 - x));
    }
  }

  /** Small periodic shaking of place and attitude. */
  private record Tremor(Vector3d shift, Vector3d axis, double cycles, double start) {
    static Tremor draw(RandomGenerator random) {
      return new Tremor(normal(0.0002, random), normal(0.01, random), 12 + 8 * random.nextDouble(),
          2 * Math.PI * random.nextDouble());
    }

    double at(double s) {
      return Math.sin(start + 2 * Math.PI * cycles * (s - 0.5)); // the start is uniform: a reversal is as likely
    }
  }

  /** Two phases between two pauses. */
  private record Gesture(Part first, Part second, double share, double pauseBefore, double pauseAfter,
      Quaterniond held, Tremor tremor) implements Trajectory {
    @Override
    public void pose(double s, Vector3d position, Quaterniond attitude) {
      double shake = tremor.at(s);
      position.set(tremor.shift()).mul(shake);
      attitude.set(held).mul(turn(new Vector3d(tremor.axis()).mul(shake)));
      double x = (s - pauseBefore) / (1 - pauseBefore - pauseAfter);
      if (x <= 0 || x >= 1) {
        return;
      }
      Part part = x < share ? first : second;
      double w = part.profile(x < share ? x / share : (x - share) / (1 - share));
      position.fma(w, held.transform(new Vector3d(part.shift())));
      attitude.mul(new Quaterniond().rotationAxis(part.angle() * w, part.axis().x, part.axis().y, part.axis().z));
    }
  }
}
