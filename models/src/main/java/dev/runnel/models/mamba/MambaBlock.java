package dev.runnel.models.mamba;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.blocks.ShortConvolution;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import org.jspecify.annotations.Nullable;

/**
 * Mamba's mixer (Gu, Dao 2023, Figure 3), {@code (B, T, H)} to the same:
 *
 * <pre>{@code
 * (x, z) = W_in v                          split D, D;  D = expand H
 * x = silu(conv(x))                        causal, each channel by itself
 * y = W_out (S6(x) silu(z))
 * }</pre>
 *
 * <p>Parameters {@code in_proj.weight}, {@code conv1d.weight}, {@code conv1d.bias}, those of {@link S6}, {@code
 * out_proj.weight}.
 *
 * @param n states a channel
 * @param expand channels of the scan for each of the block
 * @param conv steps that the convolution sees
 * @param rank of the step sizes' map; 0 for {@code H / 16}, rounded up
 */
public record MambaBlock(int n, int expand, int conv, int rank, Solver solver) implements Layer {
  public MambaBlock {
    S6.positive("states", n);
    S6.positive("channels of the scan for each of the block", expand);
    S6.positive("steps of the convolution", conv);
  }

  /** As published: expand 2, a convolution over 4 steps, the usual rank. */
  public MambaBlock(int n) {
    this(n, 2, 4, 0, Solver.sequential());
  }

  @Override
  public Tensor apply(Scope p, Tensor v, @Nullable Tensor lengths) {
    int h = v.shape().last();
    int d = expand * h;
    var both = Linear.uniform(2 * d).withoutBias().apply(p.scope("in_proj"), v);
    var x = new ShortConvolution(conv).apply(p.scope("conv1d"), both.slice(-1, 0, d), lengths).silu();
    var cell = new S6(d, n, rank == 0 ? (h + 15) / 16 : rank);
    var y = Scan.of(cell).withSolver(solver).run(p, x, lengths, null).output();
    return Linear.uniform(h).withoutBias().apply(p.scope("out_proj"), y.times(both.slice(-1, d, 2 * d).silu()));
  }
}
