package dev.runnel.models.linoss;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.GatedSsm;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.Pooling;
import dev.runnel.models.Size;
import dev.runnel.models.blocks.Activation;
import dev.runnel.models.blocks.BatchNorm;
import dev.runnel.models.blocks.Classifier;
import dev.runnel.models.blocks.Dropout;
import dev.runnel.models.blocks.Glu;
import dev.runnel.models.blocks.Head;
import dev.runnel.models.blocks.LayerNorm;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.blocks.Stack;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The classifier that LinOSS was published in (Rusch, Rus 2025, Appendix). */
public final class LinossModel {
  private LinossModel() {}

  /** {@code y = Re(C x) + D u}, x the positions. */
  public record LinossLayer(Linoss cell, Solver solver) implements Layer {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      return cell.output(p, Scan.of(cell).withSolver(solver).run(p, x, lengths, null).states(), x);
    }
  }

  /**
   * A linear encoder, blocks {@code x + drop(glu(drop(gelu(linoss(batchnorm(x))))))} with batch norm without scale and
   * shift, mean pooling, a linear head. GELU is the approximation by tanh. All parameters are trained alike.
   */
  public static Classifier of(Size size, Linoss cell, double dropout, Solver solver) {
    var glu = new Glu(Glu.Form.FULL, Activation.GELU_TANH, Dropout.of(dropout));
    var norm = new BatchNorm(LayerNorm.Affine.NONE, 0.1, 1e-5);
    var block = new Residual(new GatedSsm(new LinossLayer(cell, solver), glu), norm, Residual.Order.PRE);
    return new Classifier(
        Stack.of(Linear.uniform(size.hidden()), size.layers(), block, null),
        Head.classes(size.classes(), Pooling.MEAN),
        List.of());
  }
}
