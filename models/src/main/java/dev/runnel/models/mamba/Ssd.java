package dev.runnel.models.mamba;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * Mamba-2's recurrence (Dao, Gu 2024, Section 7): {@code K} heads of {@code P} channels share a step size and one
 * number A each, on inputs {@code (B, T, K P + 2N + K)} that hold {@code (u, B, C, dt)} side by side:
 *
 * <pre>{@code
 * dt = softplus(dt + dt_bias)                          A = -exp(A_log)
 * h_k,p,n <- exp(dt_k A_k) h_k,p,n + dt_k u_k,p B_n
 * y_k,p = sum_n C_n h_k,p,n + D_k u_k,p
 * }</pre>
 *
 * <p>Parameters {@code A_log, D, dt_bias (K)}; at first A is uniform on [-16, -1], D is 1, dt as in {@link S6}.
 *
 * @param heads K
 * @param width channels a head, P
 * @param n states a channel
 */
public record Ssd(int heads, int width, int n) implements Cell {
  public Ssd {
    S6.positive("heads", heads);
    S6.positive("channels a head", width);
    S6.positive("states", n);
  }

  int channels() {
    return heads * width;
  }

  @Override
  public StateShape state() {
    return StateShape.of(channels(), n);
  }

  @Override
  public Drives drive(Scope p, Tensor packed) {
    int d = channels();
    if (packed.shape().last() != d + 2 * n + heads) {
      throw new IllegalArgumentException(
          "ssd: %d inputs (channels, B, C, steps) expected, %d came"
              .formatted(d + 2 * n + heads, packed.shape().last()));
    }
    return drives(
        p,
        packed.slice(-1, 0, d),
        packed.slice(-1, d + 2 * n, d + 2 * n + heads),
        packed.slice(-1, d, d + n),
        packed.slice(-1, d + n, d + 2 * n));
  }

  private Drives drives(Scope p, Tensor u, Tensor step, Tensor b, Tensor c) {
    var dt = step.plus(p.parameter("dt_bias", Shape.of(heads), S6.stepBias())).softplus();
    var a = p.parameter("A_log", Shape.of(heads), Ssd::logUniform).exp().unaryMinus();
    return Drives.of("decay", each(dt.times(a).exp()).unsqueeze(-1))
        .and("dtu", each(dt).times(u).unsqueeze(-1))
        .and("u", u.unsqueeze(-1))
        .and("B", b.unsqueeze(2))
        .and("C", c.unsqueeze(2));
  }

  private static void logUniform(double[] values, Shape shape, java.util.random.RandomGenerator random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.log(1 + 15 * random.nextDouble());
    }
  }

  /** A head's number for each of its channels: {@code (.., K)} to {@code (.., K P)}. */
  private Tensor each(Tensor x) {
    var front = x.shape().range(0, x.shape().rank() - 1);
    return x.unsqueeze(-1).broadcastTo(front.append(heads, width)).reshape(front.append(channels()));
  }

  @Override
  public State step(Scope p, State h, Drives u) {
    return State.of(u.get("decay").times(h.first()).plus(u.get("dtu").times(u.get("B"))));
  }

  @Override
  public Tensor readout(Scope p, State h, Drives u) {
    var skip = each(p.parameter("D", Shape.of(heads), Init.constant(1)));
    return h.first().times(u.get("C")).sum(-1).plus(skip.times(u.get("u").reshape(u.get("u").shape().range(0, 3))));
  }
}
