package dev.runnel.models.mamba;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import dev.runnel.models.Linear;
import dev.runnel.models.blocks.RmsNorm;
import dev.runnel.models.blocks.ShortConvolution;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Solver;
import org.jspecify.annotations.Nullable;

/**
 * Mamba-2's mixer (Dao, Gu 2024, Figure 6) with one group, {@code (B, T, H)} to the same:
 *
 * <pre>{@code
 * (z, xBC, dt) = W_in v                    split D, D + 2N, K;  D = expand H, K heads
 * (x, B, C) = silu(conv(xBC))              causal, each channel by itself
 * y = W_out norm(Ssd(x, B, C, dt) silu(z))     RMS norm
 * }</pre>
 *
 * @param n states a channel
 * @param expand channels of the scan for each of the block
 * @param conv steps that the convolution sees
 * @param width channels a head; it must divide {@code expand H}
 */
public record Mamba2Block(int n, int expand, int conv, int width, Solver solver) implements Layer {
  public Mamba2Block {
    S6.positive("states", n);
    S6.positive("channels of the scan for each of the block", expand);
    S6.positive("steps of the convolution", conv);
    S6.positive("channels a head", width);
  }

  @Override
  public Tensor apply(Scope p, Tensor v, @Nullable Tensor lengths) {
    int h = v.shape().last();
    int d = expand * h;
    if (d % width != 0) {
      throw new IllegalArgumentException(
          "mamba2: channels a head that divide %d expected, %d came".formatted(d, width));
    }
    int mixed = d + 2 * n;
    var cell = new Ssd(d / width, width, n);
    var all = Linear.uniform(d + mixed + d / width).withoutBias().apply(p.scope("in_proj"), v);
    var xbc = new ShortConvolution(conv).apply(p.scope("conv1d"), all.slice(-1, d, d + mixed), lengths).silu();
    var packed = Tensor.concat(-1, xbc, all.slice(-1, d + mixed, d + mixed + d / width));
    var y = Scan.of(cell).withSolver(solver).run(p, packed, lengths, null).output();
    var normed = new RmsNorm().apply(p.scope("norm"), y.times(all.slice(-1, 0, d).silu()));
    return Linear.uniform(h).withoutBias().apply(p.scope("out_proj"), normed);
  }
}
