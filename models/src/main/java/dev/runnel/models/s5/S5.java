package dev.runnel.models.s5;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.Sampling;
import dev.runnel.models.s4.Discretisation;
import dev.runnel.models.s4.Hippo;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.random.RandomGenerator;

/**
 * S5's state space (Smith et al. 2023): with {@code Lambda = min(Lambda_re, -1e-4) + i Lambda_im}, {@code dt =
 * exp(log_step)} times the step's interval, {@code z = dt Lambda},
 *
 * <pre>{@code
 * x <- decay(z) x + dt gain(z) (B u)        y = 2 Re(C x) + D u, or Re(C x) + D u with conjugates stored
 * }</pre>
 *
 * <p>Inputs {@code (B, T, H)}, states {@code (B, T, P)}: one of each conjugate pair, P half of {@code n}, or with
 * conjugates stored all n. {@code Lambda_re, Lambda_im, log_step (P)}, {@code B (P, H, 2)}, {@code C (H, P, 2)}, {@code
 * D (H)}. Lambda begins as the spectrum of HiPPO-LegS of size {@code n / blocks}, once a block, ascending; B and C
 * begin as truncated normal matrices taken into the blocks' eigenbases.
 *
 * @param n states, conjugates counted
 * @param blocks how many parts they begin as, each of an even number
 */
public record S5(
    int n, int blocks, Conjugates conjugates, Discretisation rule, Sampling sampling, double dtMin, double dtMax)
    implements Cell {
  private static final double LARGEST_RE = -1e-4;
  /** Deviation of a standard normal number given that it lies within two. */
  private static final double TRUNCATED = 0.87962566103423978;

  /** One block, zero-order hold, equal steps of 0.001 to 0.1. */
  public S5(int n) {
    this(n, 1, Conjugates.IMPLIED, Discretisation.ZOH, Sampling.EVEN, 0.001, 0.1);
  }

  public S5 {
    if (blocks < 1 || n < 2 || n % blocks != 0 || n / blocks % 2 != 0) {
      throw new IllegalArgumentException(
          "s5: states that make blocks of an even size expected, %d states in %d blocks came".formatted(n, blocks));
    }
    if (!(dtMin > 0 && dtMin <= dtMax && Double.isFinite(dtMax))) {
      throw new IllegalArgumentException("s5: 0 < dtMin <= dtMax expected, %s and %s came".formatted(dtMin, dtMax));
    }
  }

  /** P. */
  private int kept() {
    return conjugates == Conjugates.IMPLIED ? n / 2 : n;
  }

  @Override
  public StateShape state() {
    return StateShape.of(kept()).paired();
  }

  @Override
  public Drives drive(Scope p, Tensor input) {
    var u = sampling.read(input);
    var b = Complex.packed(p.parameter("B", Shape.of(kept(), u.shape().last(), 2), this::drawB));
    var dt = lane(p, "log_step").exp();
    var steps = sampling == Sampling.EVEN ? dt : dt.times(sampling.interval(input));
    var driven = Complex.matmulTransposed(u, b).times(rule.gain(lambda(p).times(steps)).times(steps));
    var drives = Drives.of("re", driven.re()).and("im", driven.im());
    return sampling == Sampling.EVEN ? drives : drives.and("interval", sampling.interval(input));
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    var dt = lane(p, "log_step").exp();
    var z = lambda(p).times(sampling == Sampling.EVEN ? dt : dt.times(u.get("interval")));
    return rule.decay(z).times(Complex.of(x)).plus(new Complex(u.get("re"), u.get("im"))).state();
  }

  private Complex lambda(Scope p) {
    return new Complex(lane(p, "Lambda_re").minimum(LARGEST_RE), lane(p, "Lambda_im"));
  }

  private Tensor lane(Scope p, String name) {
    return p.parameter(
        name,
        Shape.of(kept()),
        switch (name) {
          case "Lambda_re" -> Init.constant(Hippo.RE);
          case "Lambda_im" -> this::drawIm;
          default -> Init.uniform(Math.log(dtMin), Math.log(dtMax));
        });
  }

  /** {@code 2 Re(C x)}, or {@code Re(C x)} with conjugates stored; without D. */
  Tensor read(Scope p, String name, State x, int features) {
    var c = Complex.packed(p.parameter(name, Shape.of(features, kept(), 2), this::drawC));
    var y = Complex.of(x).realMatmulTransposed(c);
    return conjugates == Conjugates.IMPLIED ? y.times(2) : y;
  }

  /** The eigenvector of a block's state: of those after the first half, the conjugate of the half's, from its end. */
  private static int pair(int k, int size) {
    return k < size / 2 ? k : size - 1 - k;
  }

  /** What the imaginary part of a block's state has of its pair's. */
  private static int sign(int k, int size) {
    return k < size / 2 ? 1 : -1;
  }

  private void drawIm(double[] values, Shape shape, RandomGenerator random) {
    int size = n / blocks;
    double[] block = Hippo.legs(size).im();
    int each = kept() / blocks;
    for (int i = 0; i < values.length; i++) {
      int k = i % each;
      values[i] = sign(k, size) * block[pair(k, size)];
    }
  }

  /** {@code V^* R}, R (n, H) of variance 1/n. */
  private void drawB(double[] values, Shape shape, RandomGenerator random) {
    int size = n / blocks;
    int each = kept() / blocks;
    int features = shape.get(1);
    var hippo = Hippo.legs(size);
    for (int block = 0; block < blocks; block++) {
      for (int h = 0; h < features; h++) {
        double[] made = hippo.coordinates(truncated(random, size, 1.0 / n));
        for (int k = 0; k < each; k++) {
          int at = 2 * ((block * each + k) * features + h);
          values[at] = made[2 * pair(k, size)];
          values[at + 1] = sign(k, size) * made[2 * pair(k, size) + 1];
        }
      }
    }
  }

  /** {@code R V}, both parts of R (H, n) of variance 1/(n H): Flax counts the leading axis into what comes in. */
  private void drawC(double[] values, Shape shape, RandomGenerator random) {
    int size = n / blocks;
    int each = kept() / blocks;
    int features = shape.get(0);
    var hippo = Hippo.legs(size);
    double variance = 1.0 / n / features;
    for (int h = 0; h < features; h++) {
      for (int block = 0; block < blocks; block++) {
        double[] re = truncated(random, size, variance);
        double[] im = truncated(random, size, variance);
        for (int k = 0; k < each; k++) {
          int at = 2 * ((h * blocks + block) * each + k);
          for (int i = 0; i < size; i++) {
            double a = hippo.vectorsRe()[pair(k, size)][i];
            double b = sign(k, size) * hippo.vectorsIm()[pair(k, size)][i];
            values[at] += re[i] * a - im[i] * b;
            values[at + 1] += re[i] * b + im[i] * a;
          }
        }
      }
    }
  }

  /** Normal numbers within two deviations, of this variance. */
  private static double[] truncated(RandomGenerator random, int count, double variance) {
    double[] drawn = new double[count];
    for (int i = 0; i < count; i++) {
      double v;
      do {
        v = random.nextGaussian();
      } while (Math.abs(v) > 2);
      drawn[i] = v * Math.sqrt(variance) / TRUNCATED;
    }
    return drawn;
  }
}
