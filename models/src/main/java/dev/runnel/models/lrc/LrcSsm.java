package dev.runnel.models.lrc;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Mlp;
import dev.runnel.models.Model;
import dev.runnel.models.Pooling;
import dev.runnel.models.Sampling;
import dev.runnel.models.Size;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
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
 * @param recurrence from {@code (B, T, H)} to {@code (B, T, D)}; parameters in {@code cell}
 * @param sampling with intervals, the last channel of the sequences goes past the encoder to every recurrence, as the
 *     last channel of what that reads
 */
public record LrcSsm(Size size, Layer recurrence, Sampling sampling) implements Model {
  private static final double EPSILON = 1e-5;

  public LrcSsm(Size size) {
    this(size, new Lrc(size.state()), Solver.sequential());
  }

  /** With a cell of {@code size.state()} channels. */
  public LrcSsm(Size size, Cell cell, Solver solver) {
    this(
        size,
        (p, x, lengths) -> Scan.of(cell).withSolver(solver).run(p, x, lengths, null).output(),
        cell instanceof Lrc lrc ? lrc.options().sampling() : Sampling.EVEN);
  }

  @Override
  public Tensor logits(Scope p, Tensor input, @Nullable Tensor lengths) {
    var whole = Pooling.masked(input, lengths);
    var interval = sampling == Sampling.EVEN ? null : sampling.interval(whole);
    var x = new Mlp(size.hidden(), size.hidden()).apply(p.scope("encoder"), sampling.read(whole));
    for (int i = 0; i < size.layers(); i++) {
      x = block(p.scope("blocks").scope(i), x, interval, lengths);
    }
    var logits = new Mlp(size.hidden(), size.classes()).apply(p.scope("head"), x);
    return Pooling.MEAN.apply(p, logits, lengths);
  }

  private Tensor block(Scope p, Tensor x, @Nullable Tensor interval, @Nullable Tensor lengths) {
    var mlp = new Mlp(size.hidden(), size.hidden());
    var u = x.layerNorm(EPSILON);
    var s = recurrence.apply(p.scope("cell"), interval == null ? u : Tensor.concat(-1, u, interval), lengths);
    if (size.state() != size.hidden()) {
      return mlp.apply(p.scope("mlp"), s).plus(u).layerNorm(EPSILON);
    }
    var y = s.plus(u).layerNorm(EPSILON);
    return mlp.apply(p.scope("mlp"), y).plus(y);
  }
}
