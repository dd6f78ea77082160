package dev.runnel.models.lrc;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Mlp;
import dev.runnel.models.Model;
import dev.runnel.models.Pooling;
import dev.runnel.models.Size;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The classifier around the cell, as the authors' code builds it (Farsang et al. 2025, Appendix):
 *
 * <pre>{@code
 * x = encoder(x)                                 MLP a step, channels -> H -> H
 * per block:  u = LN(x);  s = scan(u)
 *   D != H:   x = LN(mlp(s) + u)                 MLP D -> H -> H
 *   D == H:   y = LN(s + u);  x = mlp(y) + y
 * logits = mean over time of head(x)             MLP H -> H -> classes
 * }</pre>
 *
 * <p>LN is layer norm over features without scale and shift, epsilon 1e-5. The residual adds the normalised
 * input.
 *
 * @param cell the recurrence, made for a number of states
 */
public record LrcSsm(Size size, Function<Integer, Cell> cell, Solver solver) implements Model {
  private static final double EPSILON = 1e-5;

  public LrcSsm(Size size) {
    this(size, Lrc::new, Solver.sequential());
  }

  @Override
  public Tensor logits(Scope p, Tensor input, @Nullable Tensor lengths) {
    var whole = Pooling.masked(input, lengths);
    var x = new Mlp(size.hidden(), size.hidden()).apply(p.scope("encoder"), whole);
    for (int i = 0; i < size.layers(); i++) {
      x = block(p.scope("blocks").scope(i), x, lengths);
    }
    var logits = new Mlp(size.hidden(), size.classes()).apply(p.scope("head"), x);
    return Pooling.mean(logits, lengths);
  }

  private Tensor block(Scope p, Tensor x, @Nullable Tensor lengths) {
    var mlp = new Mlp(size.hidden(), size.hidden());
    var u = x.layerNorm(EPSILON);
    var s = Scan.of(cell.apply(size.state())).withSolver(solver).run(p.scope("cell"), u, lengths, null).output();
    if (size.state() != size.hidden()) {
      return mlp.apply(p.scope("mlp"), s).plus(u).layerNorm(EPSILON);
    }
    var y = s.plus(u).layerNorm(EPSILON);
    return mlp.apply(p.scope("mlp"), y).plus(y);
  }
}
