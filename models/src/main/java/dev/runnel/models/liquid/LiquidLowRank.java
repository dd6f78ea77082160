package dev.runnel.models.liquid;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Complex;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;

/**
 * Liquid-S4 as the paper has it, S4's low-rank part included (Hasani, Lechner et al. 2022, arXiv 2209.12951,
 * equations 5 to 7), exact and causal:
 *
 * <pre>{@code
 * x_t = (Abar + diag(Bbar) u_t) x_(t-1) + Bbar u_t,   y_t = 2 Re sum_m C_m x_t,m + D u_t
 * }</pre>
 *
 * <p>Abar and Bbar are those of {@code A = Lambda - P P^*} by the trapezoidal rule. {@code diag(Bbar)} acts in the
 * basis in which Lambda is diagonal, as in the published code; in HiPPO's own basis it would be another matrix.
 * Nothing holds {@code |Abar + diag(Bbar) u|} below 1.
 *
 * <p>Inputs {@code (B, T, H)}; parameters those of {@link Liquid} and {@code P (H, N/2, 2)}.
 *
 * @param cell sizes and beginnings; its guard is not used
 */
public record LiquidLowRank(Liquid cell) implements DenseCell {

  @Override
  public StateShape state() {
    return cell.state();
  }

  @Override
  public Drives drive(Scope p, Tensor u) {
    if (u.shape().last() != cell.channels()) {
      throw new IllegalArgumentException(
          "liquid: %d inputs expected, %d came".formatted(cell.channels(), u.shape().last()));
    }
    cell.lowRank(p); // declared before the first step
    return Drives.of("u", u);
  }

  @Override
  public State step(Scope p, State state, Drives u) {
    var matrix = cell.lowRank(p);
    var x = Complex.of(state);
    var driven = matrix.solved(matrix.b()).times(matrix.dt()).times(u.get("u").unsqueeze(-1));
    return matrix.solved(matrix.driven(x)).plus(driven.times(x.plus(1))).state();
  }

  @Override
  public Tensor readout(Scope p, State x, Drives u) {
    return cell.read(p, x).plus(cell.skip(p, u.get("u").unsqueeze(-1)));
  }
}
