package dev.runnel.models.lru;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.random.RandomGenerator;

/**
 * The linear recurrent unit (Orvieto et al. 2023, eqs. 3 to 7):
 *
 * <pre>{@code
 * lambda = exp(-exp(nu_log) + i exp(theta_log))
 * x <- lambda x + exp(gamma_log) (B u)
 * }</pre>
 *
 * <p>Inputs {@code (B, T, H)}, complex states {@code (B, T, N)}; B = B_re + i B_im is (N, H), normal with deviation
 * {@code 1 / sqrt(2H)} a part. |lambda| begins uniform in area on the ring from {@code rMin} to {@code rMax}, its
 * phase uniform on {@code [0, maxPhase)}, and exp(gamma_log) is {@code sqrt(1 - |lambda|^2)}, which makes E|x|^2 that
 * of B u for white inputs. |lambda| is below 1 whatever is learnt.
 *
 * @param n states
 */
public record Lru(int n, double rMin, double rMax, double maxPhase) implements Cell {
  /** Keeps logarithms finite at the ends of the unit interval. */
  private static final double LEAST = 1e-7;

  /** On the whole disc, with phases up to 6.28. */
  public Lru(int n) {
    this(n, 0, 1, 6.28);
  }

  public Lru {
    if (!(rMin >= 0 && rMin < rMax && rMax <= 1)) {
      throw new IllegalArgumentException(
          "lru: radii 0 <= rMin < rMax <= 1 expected, %s and %s came".formatted(rMin, rMax));
    }
    if (!(maxPhase > 0 && Double.isFinite(maxPhase))) {
      throw new IllegalArgumentException("lru: a maxPhase above 0 expected, %s came".formatted(maxPhase));
    }
  }

  @Override
  public StateShape state() {
    return StateShape.of(n).paired();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    var shape = Shape.of(n, u.shape().last());
    var init = Init.normal(1 / Math.sqrt(2.0 * u.shape().last()));
    var b = new Complex(p.parameter("B_re", shape, init), p.parameter("B_im", shape, init));
    var gain = p.parameter("gamma_log", Shape.of(n), gamma(p)).exp();
    var driven = Complex.matmulTransposed(u, b).times(gain);
    return Drives.of("re", driven.re()).and("im", driven.im());
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    var nu = p.parameter("nu_log", Shape.of(n), this::nu);
    var theta = p.parameter("theta_log", Shape.of(n), this::theta);
    var lambda = new Complex(nu.exp().unaryMinus(), theta.exp()).exp();
    return lambda.times(Complex.of(x)).plus(new Complex(u.get("re"), u.get("im"))).state();
  }

  private void nu(double[] values, Shape shape, RandomGenerator random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.log(-0.5 * Math.log(squaredRadius(random)));
    }
  }

  private void theta(double[] values, Shape shape, RandomGenerator random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.log(maxPhase * unit(random));
    }
  }

  /** By the same draws as nu. */
  private Init gamma(Scope p) {
    return Init.alongside(
        p.path().isEmpty() ? "nu_log" : p.path() + ".nu_log",
        (values, shape, random) -> {
          for (int i = 0; i < values.length; i++) {
            values[i] = 0.5 * Math.log(1 - squaredRadius(random));
          }
        });
  }

  private double squaredRadius(RandomGenerator random) {
    return rMin * rMin + (rMax * rMax - rMin * rMin) * unit(random);
  }

  private static double unit(RandomGenerator random) {
    return Math.clamp(random.nextDouble(), LEAST, 1 - LEAST);
  }

  /**
   * What the layer gives, {@code y = Re(C x) + D u}: {@code C_re, C_im (H, N)} normal with deviation {@code 1 / sqrt
   * N}, {@code D (H)} standard normal.
   */
  Tensor output(Scope p, State states, Tensor u) {
    int h = u.shape().last();
    var init = Init.normal(1 / Math.sqrt(n));
    var c = new Complex(
        p.parameter("C_re", Shape.of(h, n), init), p.parameter("C_im", Shape.of(h, n), init));
    return Complex.of(states).realMatmulTransposed(c).plus(p.parameter("D", Shape.of(h), Init.normal(1)).times(u));
  }
}
