package dev.runnel.models.mamba;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Linear;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * Mamba's selective scan (Gu, Dao 2023, Algorithm 2) on inputs {@code u (B, T, D)}:
 *
 * <pre>{@code
 * (low, B, C) = W_x u                            split R, N, N
 * dt = softplus(W_dt low + b_dt)
 * h_d,n <- exp(dt_d A_d,n) h_d,n + dt_d B_n u_d      A = -exp(A_log)
 * y_d = sum_n C_n h_d,n + D_d u_d
 * }</pre>
 *
 * <p>A and dt keep every factor in (0, 1), so states can't grow by themselves. Parameters are named as in the published
 * code: {@code x_proj.weight (R + 2N, D)}, {@code dt_proj.weight (D, R)}, {@code dt_proj.bias}, {@code A_log (D, N)},
 * {@code D (D)}. At first A is -1 .. -N in each channel, dt log-uniform on [0.001, 0.1].
 *
 * @param d channels
 * @param n states a channel
 * @param rank of the map that step sizes come from, R
 */
public record S6(int d, int n, int rank) implements Cell {
  public S6 {
    positive("channels", d);
    positive("states", n);
    positive("rank", rank);
  }

  /** The usual rank, a sixteenth of the channels, rounded up. */
  public S6(int d, int n) {
    this(d, n, (d + 15) / 16);
  }

  static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("mamba: 1 or more %s expected, %d came".formatted(what, value));
    }
  }

  @Override
  public StateShape state() {
    return StateShape.of(d, n);
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    if (u.shape().last() != d) {
      throw new IllegalArgumentException("s6: %d inputs expected, %d came".formatted(d, u.shape().last()));
    }
    var parts = new Linear(rank + 2 * n, Linear::bounded, null).apply(p.scope("x_proj"), u);
    var step = new Linear(d, Linear::bounded, in -> stepBias());
    return drives(
        u,
        step.apply(p.scope("dt_proj"), parts.slice(-1, 0, rank)),
        parts.slice(-1, rank, rank + n),
        parts.slice(-1, rank + n, rank + 2 * n));
  }

  /** What the recurrence reads: inputs and step sizes before the softplus {@code (B, T, D)}, B and C {@code (B, T, N)}. */
  static Drives drives(Tensor u, Tensor step, Tensor b, Tensor c) {
    return Drives.of("dt", step.softplus().unsqueeze(-1))
        .and("u", u.unsqueeze(-1))
        .and("B", b.unsqueeze(2))
        .and("C", c.unsqueeze(2));
  }

  /** The inverse softplus of step sizes log-uniform on [0.001, 0.1], at least 1e-4. */
  static Init stepBias() {
    return (values, shape, random) -> {
      double low = Math.log(0.001);
      double high = Math.log(0.1);
      for (int i = 0; i < values.length; i++) {
        double dt = Math.max(1e-4, Math.exp(low + (high - low) * random.nextDouble()));
        values[i] = dt + Math.log(-Math.expm1(-dt));
      }
    };
  }

  @Override
  public State step(Scope p, State h, Drives u) {
    var dt = u.get("dt");
    var rate =
        p.parameter(
                "A_log",
                Shape.of(d, n),
                (values, shape, random) -> {
                  for (int i = 0; i < values.length; i++) {
                    values[i] = Math.log(1 + i % n);
                  }
                })
            .exp()
            .unaryMinus();
    return State.of(dt.times(rate).exp().times(h.first()).plus(dt.times(u.get("u")).times(u.get("B"))));
  }

  @Override
  public Tensor readout(Scope p, State h, Drives u) {
    var skip = p.parameter("D", Shape.of(d), Init.constant(1));
    return h.first().times(u.get("C")).sum(-1).plus(skip.times(u.get("u").reshape(u.get("u").shape().range(0, 3))));
  }
}
