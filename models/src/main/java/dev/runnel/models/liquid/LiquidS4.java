package dev.runnel.models.liquid;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.ParameterGroup;
import dev.runnel.models.Pooling;
import dev.runnel.models.Size;
import dev.runnel.models.blocks.Activation;
import dev.runnel.models.blocks.Classifier;
import dev.runnel.models.blocks.Dropout;
import dev.runnel.models.blocks.Glu;
import dev.runnel.models.blocks.Head;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.blocks.Stack;
import dev.runnel.ssm.DenseScan;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The classifier that Liquid-S4 was published in, which is S4's. */
public final class LiquidS4 {
  /** The largest rate of what makes A and B, in the published recipes 5e-4 to 1e-3. */
  private static final double SLOW = 1e-3;

  private LiquidS4() {}

  /** The exact recurrence as a layer. */
  public static Layer exact(Liquid cell, Solver solver) {
    return (p, x, lengths) -> Scan.of(cell).withSolver(solver).run(p, x, lengths, null).output();
  }

  /** The recurrence with S4's low-rank part as a layer, step after step. */
  public record LowRankLayer(Liquid cell) implements Layer {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      return DenseScan.of(new LiquidLowRank(cell)).run(p, x, lengths, null).output();
    }
  }

  /**
   * A linear encoder, blocks {@code x + drop(glu(drop(gelu(recurrence(norm(x))))))}, mean pooling, a linear head; after
   * blocks with the norm in front one more. Dropout is tied over time.
   *
   * <p>A and B are trained at a rate of 1e-3 at most, and neither they nor dt decay.
   *
   * @param recurrence {@link #exact}, a {@link LiquidSeries}, {@link LowRankLayer} or {@link LiquidPublished}, over
   *     {@code
   *     size.hidden()} channels
   */
  public static Classifier classifier(
      Size size, Layer recurrence, Layer norm, Residual.Order order, double dropout) {
    var glu = new Glu(Glu.Form.FULL, Activation.GELU, Dropout.tied(dropout));
    Layer layer =
        (p, x, lengths) -> glu.apply(p.scope("output"), recurrence.apply(p.scope("kernel"), x, lengths), lengths);
    return new Classifier(
        Stack.of(
            Linear.uniform(size.hidden()),
            size.layers(),
            new Residual(layer, norm, order),
            order == Residual.Order.PRE ? norm : null),
        Head.classes(size.classes(), Pooling.MEAN),
        groups(recurrence instanceof LowRankLayer || recurrence instanceof LiquidPublished));
  }

  private static List<ParameterGroup> groups(boolean lowRank) {
    var groups =
        new ArrayList<>(
            List.of(
                ParameterGroup.atMost("blocks.*.kernel.inv_w_real", SLOW),
                ParameterGroup.atMost("blocks.*.kernel.w_imag", SLOW),
                ParameterGroup.atMost("blocks.*.kernel.B", SLOW),
                ParameterGroup.undecayed("blocks.*.kernel.log_dt")));
    if (lowRank) {
      groups.add(ParameterGroup.atMost("blocks.*.kernel.P", SLOW));
    }
    return groups;
  }
}
