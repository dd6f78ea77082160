package dev.runnel.models.mamba;

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
import dev.runnel.models.blocks.LayerNorm;
import dev.runnel.models.blocks.Residual;
import dev.runnel.models.blocks.RmsNorm;
import dev.runnel.models.blocks.Stack;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.List;

/** Classifiers around the blocks of this package: a linear encoder, residual blocks, mean pooling, a linear head. */
public final class Mamba {
  private Mamba() {}

  /** {@code x + block(rmsnorm(x))} with a last RMS norm: Mamba's stack around either mixer. */
  public static Classifier classifier(Size size, Layer mixer) {
    var block = new Residual(mixer, new RmsNorm(), Residual.Order.PRE);
    var groups =
        mixer instanceof Mamba2Block
            ? List.of(undecayed("A_log"), undecayed("D"), undecayed("dt_bias"))
            : List.of(undecayed("A_log"), undecayed("D"));
    return new Classifier(
        Stack.of(Linear.uniform(size.hidden()), size.layers(), block, new RmsNorm()),
        Head.classes(size.classes(), Pooling.MEAN),
        groups);
  }

  /**
   * S6 alone, as Walker et al. (2024) compare it: {@code x + glu(drop(gelu(S6(norm(x)))))}, batch norm without scale
   * and shift.
   */
  public static Classifier s6(Size size, double dropout, Solver solver) {
    Layer mixer =
        (p, x, lengths) -> {
          var cell = new S6(size.hidden(), size.state());
          var y = Scan.of(cell).withSolver(solver).run(p, x, lengths, null).output();
          return new Glu(Glu.Form.FULL, Activation.GELU, Dropout.of(dropout)).apply(p.scope("glu"), y, lengths);
        };
    var block = new Residual(mixer, new BatchNorm(LayerNorm.Affine.NONE, 0.1, 1e-5), Residual.Order.PRE);
    return new Classifier(
        Stack.of(Linear.uniform(size.hidden()), size.layers(), block, null),
        Head.classes(size.classes(), Pooling.MEAN),
        List.of(undecayed("A_log"), undecayed("D")));
  }

  private static ParameterGroup undecayed(String name) {
    return ParameterGroup.undecayed("blocks.*.layer." + name);
  }
}
