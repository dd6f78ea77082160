package dev.runnel.models.blocks;

import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tensor;

/** Causal convolution with kernels as long as the sequence, by transforms of twice its length. */
public final class LongConvolution {
  private LongConvolution() {}

  /**
   * {@code y_t,h = sum_(s <= t) k_h,s u_(t-s),h}.
   *
   * @param u {@code (B, T, H)}
   * @param kernel {@code (H, T)}
   */
  public static Tensor apply(Tensor u, Tensor kernel) {
    int batch = u.shape().get(0);
    int steps = u.shape().get(1);
    int channels = u.shape().get(2);
    if (!kernel.shape().equals(Shape.of(channels, steps))) {
      throw new IllegalArgumentException(
          "convolution: a kernel (%d, %d) expected, %s came".formatted(channels, steps, kernel.shape()));
    }
    if (u.shape().size() == 0) {
      return u;
    }
    int length = Dft.powerOfTwo(2 * steps);
    var spectrum = Dft.of(Dft.padded(u.transpose(0, 2, 1), length));
    var response = Dft.of(Dft.padded(kernel, length));
    return Dft.inverse(spectrum.times(response)).re().slice(2, 0, steps).transpose(0, 2, 1)
        .reshape(batch, steps, channels);
  }
}
