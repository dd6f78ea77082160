package dev.runnel.autodiff.simd;

/** The compiled backend without its warm-up: tests run each kernel once or twice. */
public final class Cold {
  private Cold() {}

  public static SimdBackend backend(int threads) {
    int bits = SimdBackend.vectorStatus().isEmpty() ? Math.clamp(Species.preferredBits(), 128, 512) : 0;
    return new SimdBackend(threads, bits, false);
  }
}
