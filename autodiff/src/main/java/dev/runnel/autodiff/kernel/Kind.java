package dev.runnel.autodiff.kernel;

/** What a value inside a Loop's body is. */
public enum Kind {
  /** A number of the Loop's floating type. */
  FLOAT,
  /** An integer as wide as the Loop's floating type: 32 bits in F32 and I32 Loops, 64 in F64 Loops. */
  INT,
  /** A truth value. */
  MASK
}
