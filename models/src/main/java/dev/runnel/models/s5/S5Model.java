package dev.runnel.models.s5;

import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Direction;
import dev.runnel.models.GatedSsm;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.ParameterGroup;
import dev.runnel.models.Pooling;
import dev.runnel.models.Sampling;
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
import dev.runnel.ssm.Carried;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The classifier that S5 was published in (Smith et al. 2023, Appendix G). */
public final class S5Model {
  /** Rate of the recurrence's parameters, of the others': most published recipes have 1 to 4. */
  private static final double SLOWER = 0.25;

  private S5Model() {}

  /**
   * {@code y = 2 Re(C x) + D u}; both ways, plus {@code 2 Re(C_back r)} of the states r that the same cell has when it
   * runs from the end; without the 2 where conjugates are stored.
   */
  public record S5Layer(S5 cell, Direction direction, Solver solver) implements Layer {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      var u = cell.sampling().read(x);
      int features = u.shape().last();
      var scan = Scan.of(cell).withSolver(solver);
      var y = cell.read(p, "C", scan.run(p, x, lengths, null).states(), features)
          .plus(p.parameter("D", Shape.of(features), Init.normal(1)).times(u));
      if (direction == Direction.FORWARD) {
        return y;
      }
      Carried.refuse(p, "a layer that reads both ways");
      // a linear state stays zero through the zeros past a row's end
      var back = scan.run(p, Pooling.masked(x, lengths).flip(1)).states();
      return y.plus(cell.read(p, "C_back", back, features).flip(1));
    }
  }

  /**
   * A linear encoder, blocks {@code x + glu(s5(batchnorm(x)))}, mean pooling, a linear head. GELU is the approximation
   * by tanh; dropout is tied over time. B, Lambda, log_step and the norms have a quarter of the rate, no decay.
   *
   * <p>Where the cell reads intervals, they are the last channel of the sequences, and every block's cell is given
   * them.
   */
  public static Classifier of(
      Size size, S5 cell, Direction direction, Glu.Form form, double dropout, Solver solver) {
    var glu = new Glu(form, Activation.GELU_TANH, Dropout.tied(dropout));
    var ssm = new S5Layer(cell, direction, solver);
    Layer body =
        (p, x, lengths) -> {
          Layer timed = cell.sampling() == Sampling.EVEN ? ssm : beside(ssm, cell.sampling().interval(x));
          var norm = new BatchNorm(LayerNorm.Affine.LEARNT, 0.05, 1e-5);
          var block = new Residual(new GatedSsm(timed, glu), norm, Residual.Order.PRE);
          return Stack.of(Linear.uniform(size.hidden()), size.layers(), block, null)
              .apply(p, cell.sampling().read(x), lengths);
        };
    return new Classifier(body, Head.classes(size.classes(), Pooling.MEAN), groups());
  }

  private static Layer beside(Layer layer, Tensor interval) {
    return (p, x, lengths) -> layer.apply(p, Tensor.concat(-1, x, interval), lengths);
  }

  private static List<ParameterGroup> groups() {
    return Stream.of("ssm.B", "ssm.Lambda_re", "ssm.Lambda_im", "ssm.log_step", "norm.weight", "norm.bias")
        .map(name -> ParameterGroup.slower("blocks.*." + name, SLOWER))
        .toList();
  }
}
