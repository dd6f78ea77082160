package dev.runnel.models.liquid;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.s4.Hippo;
import dev.runnel.models.s4.LowRank;
import dev.runnel.models.s4.Spectrum;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * Liquid-S4's recurrence (Hasani et al. 2022, eq. 8 and its bilinear discretisation), exact and causal: for each of H
 * channels, N/2 complex modes that stand for conjugate pairs,
 *
 * <pre>{@code
 * a = -exp(inv_w_real) + i w_imag          dt = exp(log_dt)
 * A = (1 + dt a / 2) / (1 - dt a / 2)      B' = dt B / (1 - dt a / 2)
 * x_h,m <- (A + B' u_h) x_h,m + B' u_h     guarded, see Guard
 * y_h = 2 Re sum_m C_h,m x_h,m + D_h u_h
 * }</pre>
 *
 * <p>Inputs {@code (B, T, H)}. Parameters {@code log_dt, D (H)}, {@code inv_w_real, w_imag (H, N/2)}, {@code B, C (H,
 * N/2, 2)}: those of diagonal S4, real and imaginary parts in the last axis. An odd N loses its real mode.
 *
 * @param channels H
 * @param n N
 * @param dtMin steps begin log-uniform between this and {@code dtMax}
 */
public record Liquid(int channels, int n, Start start, double dtMin, double dtMax, Guard guard) implements Cell {
  private static final double RADIUS = 0.999;
  /** Below the square of anything that counts, above what a float can't hold. */
  private static final double TINY = 1e-30;

  public Liquid {
    if (channels < 1 || n < 2) {
      throw new IllegalArgumentException(
          "liquid: 1 channel and 2 states or more expected, %d and %d came".formatted(channels, n));
    }
    if (!(dtMin > 0 && dtMin <= dtMax && Double.isFinite(dtMax))) {
      throw new IllegalArgumentException(
          "liquid: steps with 0 < least <= most expected, %s and %s came".formatted(dtMin, dtMax));
    }
  }

  /** Linear frequencies, steps from 0.001 to 0.1, clamped. */
  public Liquid(int channels, int n) {
    this(channels, n, Start.LIN, 0.001, 0.1, Guard.CLAMP);
  }

  int modes() {
    return n / 2;
  }

  @Override
  public StateShape state() {
    return StateShape.of(channels, modes()).paired();
  }

  /** {@code u (B, T, H, 1)} and, one for all steps {@code (1, 1, H, N/2)}, the parts of A and B'. */
  Drives linear(Scope p, Tensor u) {
    if (u.shape().last() != channels) {
      throw new IllegalArgumentException("liquid: %d inputs expected, %d came".formatted(channels, u.shape().last()));
    }
    var dt = logDt(p).exp();
    var re = logRe(p).exp().unaryMinus().times(dt).times(0.5);
    var im = frequencies(p).times(dt).times(0.5);
    var b = input(p);
    // 1 / (1 - q) = (1 - q*) / |1 - q|^2 with q = dt a / 2
    var one = re.like(1).minus(re);
    var size = one.times(one).plus(im.times(im));
    var bRe = b.at(-1, 0);
    var bIm = b.at(-1, 1);
    return Drives.of("u", u.unsqueeze(-1))
        .and("a_re", always(re.like(1).minus(re.times(re)).minus(im.times(im)).div(size)))
        .and("a_im", always(im.times(2).div(size)))
        .and("b_re", always(bRe.times(one).minus(bIm.times(im)).times(dt).div(size)))
        .and("b_im", always(bRe.times(im).plus(bIm.times(one)).times(dt).div(size)));
  }

  private Tensor logDt(Scope p) {
    return p.parameter("log_dt", Shape.of(channels), Init.uniform(Math.log(dtMin), Math.log(dtMax))).unsqueeze(-1);
  }

  private Tensor logRe(Scope p) {
    return p.parameter("inv_w_real", Shape.of(channels, modes()), Init.constant(Math.log(0.5)));
  }

  private Tensor frequencies(Scope p) {
    return p.parameter("w_imag", Shape.of(channels, modes()), Spectrum.copied(() -> start.frequencies(n)));
  }

  private Tensor input(Scope p) {
    return p.parameter("B", Shape.of(channels, modes(), 2), Spectrum.copied(() -> start.inputs(n)));
  }

  /** The same parameters, and P {@code (H, N/2, 2)}, which begins as HiPPO-LegS's: with S4's low-rank part. */
  LowRank lowRank(Scope p) {
    var rank = p.parameter("P", Shape.of(channels, modes(), 2), Spectrum.copied(() -> Hippo.legs(n).rank()));
    return LowRank.of(logDt(p), logRe(p), frequencies(p), Complex.packed(input(p)), Complex.packed(rank));
  }

  private static Tensor always(Tensor x) {
    return x.unsqueeze(0).unsqueeze(0);
  }

  private static Tensor size(Tensor re, Tensor im) {
    return re.times(re).plus(im.times(im)).plus(TINY).sqrt();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    var drives = linear(p, u);
    var kept = size(drives.get("a_re"), drives.get("a_im"));
    return switch (guard) {
      case NONE -> drives;
      case CLAMP -> drives.and("radius", kept.maximum(RADIUS));
      case TANH -> {
        var room = kept.like(1).minus(kept).maximum(0).div(size(drives.get("b_re"), drives.get("b_im"))).minimum(1);
        yield drives
            .and("v", drives.get("u").tanh())
            .and("c_re", drives.get("b_re").times(room))
            .and("c_im", drives.get("b_im").times(room));
      }
    };
  }

  @Override
  public State step(Scope p, State x, Drives u) {
    var input = u.get("u");
    var driveRe = u.get("b_re").times(input);
    var driveIm = u.get("b_im").times(input);
    Tensor re;
    Tensor im;
    if (guard == Guard.TANH) {
      re = u.get("a_re").plus(u.get("c_re").times(u.get("v")));
      im = u.get("a_im").plus(u.get("c_im").times(u.get("v")));
    } else {
      re = u.get("a_re").plus(driveRe);
      im = u.get("a_im").plus(driveIm);
    }
    if (guard == Guard.CLAMP) {
      var radius = u.get("radius");
      var squared = re.times(re).plus(im.times(im));
      var shrink = radius.times(radius).less(squared).select(radius.times(squared.plus(TINY).rsqrt()), 1);
      re = re.times(shrink);
      im = im.times(shrink);
    }
    return turned(x, re, im, driveRe, driveIm);
  }

  /** {@code a x + b} in complex numbers. */
  static State turned(State x, Tensor aRe, Tensor aIm, Tensor bRe, Tensor bIm) {
    return State.of(
        aRe.times(x.first()).minus(aIm.times(x.second())).plus(bRe),
        aRe.times(x.second()).plus(aIm.times(x.first())).plus(bIm));
  }

  @Override
  public Tensor readout(Scope p, State x, Drives u) {
    return read(p, x).plus(skip(p, u.get("u")));
  }

  /** {@code 2 Re sum_m C_m x_m}. */
  Tensor read(Scope p, State x) {
    var c = output(p);
    return x.first().times(c.at(-1, 0)).minus(x.second().times(c.at(-1, 1))).sum(-1).times(2);
  }

  /** C, complex normal of variance 1. */
  Tensor output(Scope p) {
    return p.parameter("C", Shape.of(channels, modes(), 2), Init.normal(Math.sqrt(0.5)));
  }

  /** {@code D u} for {@code u (B, T, H, 1)}. */
  Tensor skip(Scope p, Tensor u) {
    return p.parameter("D", Shape.of(channels), Init.normal(1)).times(u.reshape(u.shape().range(0, 3)));
  }
}
