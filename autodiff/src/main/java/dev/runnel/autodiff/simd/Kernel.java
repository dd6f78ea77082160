package dev.runnel.autodiff.simd;

/** Compiled code of one Loop. Implementations are hidden classes named {@code Kernel1}, {@code Kernel2}, .. */
interface Kernel {

  /**
   * Runs positions {@code from .. to} of axis 0 and {@code vectorFrom .. vectorTo} of the vector axis
   * ({@code from} and {@code to} are ignored where these are the same axis).
   *
   * @param arguments laid out by {@link dev.runnel.autodiff.codegen.Layout}; entry 0 is set when an index was out of range
   * @param scratch address of 64-byte aligned memory that the caller owns, {@link dev.runnel.autodiff.codegen.Layout#scratch} long
   */
  void run(long[] arguments, int from, int to, int vectorFrom, int vectorTo, long scratch);
}
