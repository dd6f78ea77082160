package dev.runnel.autodiff;

/** What one element of a tensor is, in memory and on disk. */
public enum DType {
  F32(4),
  F64(8),
  I32(4);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  public boolean isFloat() {
    return this != I32;
  }

  /** Relative spacing of numbers near one; zero for integers. */
  public double epsilon() {
    return switch (this) {
      case F32 -> Math.ulp(1f);
      case F64 -> Math.ulp(1d);
      case I32 -> 0;
    };
  }
}
