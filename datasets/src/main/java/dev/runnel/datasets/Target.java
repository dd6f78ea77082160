package dev.runnel.datasets;

/** What a case carries to be predicted. */
public enum Target {
  /** One of a list of named classes. */
  CLASS,
  /** A real number. */
  NUMBER,
  /** For each step one of a list of named classes, or nothing. */
  STEPS,
  /** Nothing: the cases are unlabelled. */
  NONE
}
