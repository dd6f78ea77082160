package dev.runnel.models.lru;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.GatedSsm;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.ParameterGroup;
import dev.runnel.models.Pooling;
import dev.runnel.models.Size;
import dev.runnel.models.blocks.Activation;
import dev.runnel.models.blocks.BatchNorm;
import dev.runnel.models.blocks.Classifier;
import dev.runnel.models.blocks.Dropout;
import dev.runnel.models.blocks.Glu;
import dev.runnel.models.blocks.Head;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.blocks.Stack;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The classifier that the LRU was published in (Orvieto et al. 2023, Appendix A and B). */
public final class LruModel {
  /** Rate of the recurrence's parameters, of the others'. */
  private static final double SLOWER = 0.5;

  private LruModel() {}

  /** {@code y = Re(C x) + D u}. */
  public record LruLayer(Lru cell, Solver solver) implements Layer {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      return cell.output(p, Scan.of(cell).withSolver(solver).run(p, x, lengths, null).states(), x);
    }
  }

  /**
   * A linear encoder, blocks {@code x + drop(glu(drop(gelu(lru(batchnorm(x))))))}, mean pooling, a linear head. GELU is
   * the approximation by tanh; dropout is tied over time. The recurrence's parameters have half the rate, no decay.
   */
  public static Classifier of(Size size, Lru cell, double dropout, Solver solver) {
    var glu = new Glu(Glu.Form.FULL, Activation.GELU_TANH, Dropout.tied(dropout));
    var block =
        new Residual(new GatedSsm(new LruLayer(cell, solver), glu), new BatchNorm(), Residual.Order.PRE);
    return new Classifier(
        Stack.of(Linear.uniform(size.hidden()), size.layers(), block, null),
        Head.classes(size.classes(), Pooling.MEAN),
        groups());
  }

  private static List<ParameterGroup> groups() {
    return Stream.of("nu_log", "theta_log", "gamma_log", "B_re", "B_im")
        .map(name -> ParameterGroup.slower("blocks.*.ssm." + name, SLOWER))
        .toList();
  }
}
