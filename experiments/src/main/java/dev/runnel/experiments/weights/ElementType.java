package dev.runnel.experiments.weights;

/** What the numbers of a stored array are, by the format's names. All are little-endian. */
public enum ElementType {
  /** IEEE 754 binary32. */
  F32(4),
  /** IEEE 754 binary64. */
  F64(8),
  /** Signed 32-bit integer. */
  I32(4);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }
}
