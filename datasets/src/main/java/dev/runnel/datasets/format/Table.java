package dev.runnel.datasets.format;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table read from front to back, one row at hand. */
interface Table {
  /** Column names, or nothing when the table has none. */
  List<String> names();

  /** Goes to the next row; false at the end. */
  boolean next();

  /** Fields of the row at hand. */
  int width();

  /** A field as a number, NaN where it is missing; an error when it is something else. */
  double number(int column);

  /** A field as text. */
  String text(int column);

  /** A field that holds a list of steps, in time-major order, or null when it holds none. */
  @Nullable Steps steps(int column);

  /** Steps in time-major order. */
  @SuppressWarnings("ArrayRecordComponent")
  record Steps(double[] values, int channels) {}
}
