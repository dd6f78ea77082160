package dev.runnel.autodiff;

import dev.runnel.autodiff.memory.Area;

/** A compiled tape: fill the inputs, run, read the outputs. Not for several threads at once. */
public interface Program extends AutoCloseable {

  /** Where an input's values go; they stay from run to run. */
  Area input(String name);

  /** Where an output's values are after a run. */
  Area output(String name);

  void run();

  /** Fills an input with row-major values. */
  default void set(String input, double... values) {
    try {
      input(input).write(values);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("input '%s': %s".formatted(input, e.getMessage()), e);
    }
  }

  /** An output's values, row-major. */
  default double[] get(String output) {
    return output(output).read();
  }

  /** Bytes that a run needs besides the variables, known before the first. */
  long plannedBytes();

  /** What will run, for people. */
  String describe();

  @Override
  void close();
}
