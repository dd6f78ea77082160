package dev.runnel.ssm;

/** How a trajectory is found. Solvers are values, and none changes the answer. */
public sealed interface Solver {

  /** The name that configs and the command line use. */
  String name();

  /** Step by step, {@code O(T)} in depth: one Loop that walks time. */
  static Solver sequential() {
    return new Sequential();
  }

  /** See {@link #sequential}. */
  record Sequential() implements Solver {
    @Override
    public String name() {
      return "sequential";
    }
  }
}
