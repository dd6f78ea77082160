package dev.runnel.models.linoss;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.models.Linear;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * Oscillators {@code x'' = -A x + B u} without damping, velocity z and position x (Rusch, Rus 2025): with {@code A =
 * relu(A_diag)}, {@code dt = sigmoid(steps)},
 *
 * <pre>{@code
 * IM     S = 1 / (1 + dt^2 A)
 *        z <- S (z - dt A x + dt B u)               x <- S (dt z + x + dt^2 B u)
 * IMEX   z <- z - dt A x + dt B u                   x <- x + dt z, with the new z
 * y = Re(C x) + D u
 * }</pre>
 *
 * <p>Inputs {@code (B, T, H)}, states {@code (B, T, 2, P)}: B u is complex, its parts are oscillators of their own with
 * the same A and dt. {@code A_diag, steps (P)} begin uniform on [0, 1), {@code B (P, H, 2)} within {@code 1 / sqrt H},
 * {@code C (H, P, 2)} within {@code 1 / sqrt P}, {@code D (H)} is normal. IM's blocks have a spectral radius of
 * {@code sqrt S}, at most 1; IMEX's of 1 where {@code dt^2 A <= 4}.
 *
 * @param n P
 */
public record Linoss(int n, Scheme scheme) implements Cell {

  /** How a step is taken. */
  public enum Scheme {
    /** Implicit: dissipates. */
    IM,
    /** Implicit, then explicit: keeps the volume of phase space. */
    IMEX
  }

  public Linoss(int n) {
    this(n, Scheme.IM);
  }

  @Override
  public StateShape state() {
    return StateShape.of(2, n).paired();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    int in = u.shape().last();
    var b = Complex.packed(p.parameter("B", Shape.of(n, in, 2), Linear.bounded(in)));
    var driven = Complex.matmulTransposed(u, b).each(part -> part.unsqueeze(2));
    return Drives.of("Bu", Tensor.concat(2, driven.re(), driven.im()));
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var a = p.parameter("A_diag", Shape.of(n), Init.uniform(0, 1)).relu();
    var dt = p.parameter("steps", Shape.of(n), Init.uniform(0, 1)).sigmoid();
    var z = state.first();
    var x = state.second();
    var pushed = z.plus(dt.times(u.get("Bu").minus(a.times(x))));
    return switch (scheme) {
      case IM -> {
        // the new velocity solves z+ = pushed - dt^2 A z+, and x+ = x + dt z+
        var next = pushed.div(dt.times(dt).times(a).plus(1));
        yield State.of(next, x.plus(dt.times(next)));
      }
      case IMEX -> State.of(pushed, x.plus(dt.times(pushed)));
    };
  }

  /** Positions. */
  @Override
  public Tensor readout(Scope p, State x, Drives u) {
    return x.second();
  }

  /** {@code Re(C x) + D u}. */
  Tensor output(Scope p, State x, Tensor u) {
    int h = u.shape().last();
    var c = Complex.packed(p.parameter("C", Shape.of(h, n, 2), Linear.bounded(n)));
    var position = new Complex(x.second().at(2, 0), x.second().at(2, 1));
    return position.realMatmulTransposed(c).plus(p.parameter("D", Shape.of(h), Init.normal(1)).times(u));
  }
}
