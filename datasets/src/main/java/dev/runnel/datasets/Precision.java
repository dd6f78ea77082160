package dev.runnel.datasets;

/** How wide a stored or copied value is. */
public enum Precision {
  /** IEEE 754 binary32, 4 bytes. */
  SINGLE(4),
  /** IEEE 754 binary64, 8 bytes. */
  DOUBLE(8);

  private final int bytes;

  Precision(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one value. */
  public int bytes() {
    return bytes;
  }
}
