package dev.runnel.models.s4;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Direction;
import dev.runnel.models.GatedSsm;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.ParameterGroup;
import dev.runnel.models.Pooling;
import dev.runnel.models.Size;
import dev.runnel.models.blocks.Activation;
import dev.runnel.models.blocks.BatchNorm;
import dev.runnel.models.blocks.Classifier;
import dev.runnel.models.blocks.Convolution;
import dev.runnel.models.blocks.Dropout;
import dev.runnel.models.blocks.Glu;
import dev.runnel.models.blocks.Head;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.blocks.LongConvolution;
import dev.runnel.models.blocks.Stack;
import dev.runnel.ssm.Carried;
import dev.runnel.ssm.DenseScan;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The classifier that S4D was published in, S4's. */
public final class S4dModel {
  /** The largest rate of A and B. */
  private static final double SLOW = 1e-3;

  private S4dModel() {}

  /**
   * The cell's output; both ways, plus {@code 2 Re sum_n C_back,hn r_(t+1),hn} of the states r that the same cell has
   * when it runs from the end: the step itself is counted once.
   */
  public record S4dLayer(S4d cell, Direction direction, Solver solver) implements Layer {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      var scan = Scan.of(cell).withSolver(solver);
      var forward = scan.run(p, x, lengths, null).output();
      int steps = x.shape().get(1);
      if (direction == Direction.FORWARD || steps == 0) {
        return forward;
      }
      Carried.refuse(p, "a layer that reads both ways");
      // a linear state stays zero through the zeros past a row's end
      var back = cell.read(p, "C_back", scan.run(p, Pooling.masked(x, lengths).flip(1)).states());
      return forward.plus(Convolution.delayed(back, 1).flip(1));
    }
  }

  /**
   * S4 by its kernel over whole sequences, by its recurrence where they come in chunks; both ways as {@link S4dLayer}.
   *
   * @param cell whose output and D make the layer's
   */
  public record S4Layer(S4 cell, Direction direction) implements Layer {
    @Override
    public Tensor apply(Scope p, Tensor x, @Nullable Tensor lengths) {
      if (Carried.by(p) && direction == Direction.FORWARD) {
        return DenseScan.of(cell).run(p, x, lengths, null).output();
      }
      int steps = x.shape().get(1);
      var u = Pooling.masked(x, lengths);
      var forward = LongConvolution.apply(u, cell.kernel(p, u, steps)).plus(cell.skip(p, u));
      if (direction == Direction.FORWARD) {
        return forward;
      }
      Carried.refuse(p, "a layer that reads both ways");
      var back = LongConvolution.apply(u.flip(1), cell.kernel(p, "C_back", u, steps));
      return forward.plus(Convolution.delayed(back, 1).flip(1));
    }
  }

  /** With {@link S4dLayer}. */
  public static Classifier of(Size size, S4d cell, Direction direction, double dropout, Solver solver) {
    return of(size, new S4dLayer(cell, direction, solver), dropout);
  }

  /**
   * A linear encoder, blocks {@code x + drop(glu(drop(gelu(ssm(batchnorm(x))))))}, a last norm, mean pooling, a linear
   * head. Dropout is tied over time. A, B and P are trained at a rate of 1e-3 at most; neither they nor dt, norms and
   * biases decay.
   */
  public static Classifier of(Size size, Layer ssm, double dropout) {
    var glu = new Glu(Glu.Form.FULL, Activation.GELU, Dropout.tied(dropout));
    var block = new Residual(new GatedSsm(ssm, glu), new BatchNorm(), Residual.Order.PRE);
    return new Classifier(
        Stack.of(Linear.uniform(size.hidden()), size.layers(), block, new BatchNorm()),
        Head.classes(size.classes(), Pooling.MEAN),
        groups(ssm instanceof S4Layer));
  }

  private static List<ParameterGroup> groups(boolean lowRank) {
    var groups = new ArrayList<>(
        List.of(
            ParameterGroup.undecayed("*bias"),
            ParameterGroup.undecayed("*norm.weight"),
            ParameterGroup.undecayed("blocks.*.ssm.log_dt"),
            ParameterGroup.atMost("blocks.*.ssm.log_A_real", SLOW),
            ParameterGroup.atMost("blocks.*.ssm.A_imag", SLOW),
            ParameterGroup.atMost("blocks.*.ssm.B", SLOW)));
    if (lowRank) {
      groups.add(ParameterGroup.atMost("blocks.*.ssm.P", SLOW));
    }
    return groups;
  }
}
