package dev.runnel.autodiff;

/** Something that makes programs of tapes: the oracle, or a backend behind the lowering. */
public interface Engine extends AutoCloseable {

  /** The name that configs and the command line use. */
  String name();

  /**
   * Makes a program over these variables, which it declares first.
   *
   * @throws IllegalArgumentException in one line, if the tape can't be run here
   */
  Program compile(Tape tape, Variables variables);

  @Override
  default void close() {}
}
