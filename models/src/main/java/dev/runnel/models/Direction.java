package dev.runnel.models;

/** Which way a layer reads a sequence. */
public enum Direction {
  FORWARD,
  /** Both ways at once, so that every step sees the whole row: not causal. */
  BIDIRECTIONAL
}
