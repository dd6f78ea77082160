package dev.runnel.experiments.study;

/** How far a trial is. */
public enum State {
  /** Not begun. */
  WAITING,
  /** A process has it, or had when it was last heard of. */
  RUNNING,
  /** Stopped on purpose with its checkpoint kept: by a signal, or at a rung of successive halving. */
  PAUSED,
  /** It has a result. */
  DONE,
  /** It ended with an error. */
  FAILED,
  /** Its process ended without a word: killed, out of memory, or the machine went. */
  LOST,
  /** Successive halving gave it up. */
  PRUNED,
  /** Its numbers ceased to be finite. */
  NONFINITE
}
