package dev.runnel.autodiff.kernel;

/** Something that runs Plans. */
public interface Backend extends AutoCloseable {

  /** The name that configs and the command line use. */
  String name();

  /** Whether plans for it call functions of its own, {@link Prim#EXP} and those after it, where bits can't be cast. */
  default boolean ownMaths() {
    return false;
  }

  /**
   * Compiles what is not compiled yet and binds a plan to memory.
   *
   * @param addresses address of each of the plan's buffers
   * @throws IllegalArgumentException in one line, when the plan can't be run here
   */
  Executable prepare(Plan plan, long[] addresses);

  /** Kernels compiled so far, and how often a compiled one was used again. */
  default Compiles compiles() {
    return new Compiles(0, 0, 0);
  }

  /** Ends workers and frees what the backend holds. */
  @Override
  default void close() {}

  /** A plan bound to memory. Runs are sequential: the caller does not run two at once. */
  interface Executable extends AutoCloseable {
    void run();

    /** Brings variables to where the host reads them, if they are elsewhere. */
    default void fetch() {}

    /** Tells that the host, or another program, may have changed variables. */
    default void refresh() {}

    @Override
    default void close() {}
  }

  /**
   * Counts since the backend was made.
   *
   * @param compiled kernels compiled
   * @param reused kernels found compiled
   * @param seconds spent compiling and warming up
   */
  record Compiles(int compiled, int reused, double seconds) {}
}
