package dev.runnel.models.s5;

/** What becomes of the second of two conjugate states. */
public enum Conjugates {
  /** It is not stored: y is twice the real part. */
  IMPLIED,
  /** It is a state with parameters of its own, free to leave the first: y is the real part of what all give. */
  STORED
}
