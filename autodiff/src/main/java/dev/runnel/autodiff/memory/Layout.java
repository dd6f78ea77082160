package dev.runnel.autodiff.memory;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a tensor's elements lie: row-major, with rows along the last axis longer than 1 padded to 64
 * bytes so that whole vectors may be read and written. Axes of extent 1 have stride 0.
 *
 * @param strides elements from one position of an axis to the next
 * @param elements length of the buffer, at least one vector
 */
public record Layout(Shape shape, List<Long> strides, long elements) {
  /** Alignment of buffers and of rows, and the spare room around a buffer. */
  public static final int BYTES = 64;

  public Layout {
    strides = List.copyOf(strides);
  }

  /** Rows padded to 64 bytes. */
  public static Layout padded(DType type, Shape shape) {
    return of(type, shape, BYTES / type.bytes());
  }

  /** Without gaps: every reshape of it is a matter of strides. */
  public static Layout dense(DType type, Shape shape) {
    return of(type, shape, 1);
  }

  private static Layout of(DType type, Shape shape, int multiple) {
    var strides = new ArrayList<Long>();
    long stride = 1;
    boolean inner = true;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      int extent = shape.get(axis);
      strides.addFirst(extent == 1 ? 0 : stride);
      if (extent != 1) {
        stride *= inner ? roundUp(extent, multiple) : extent;
        inner = false;
      }
    }
    return new Layout(shape, strides, roundUp(Math.max(1, stride), BYTES / type.bytes()));
  }

  /** Bytes that a buffer of this many elements takes in a slab, spare room included. */
  public static long footprint(DType type, long elements) {
    return roundUp(elements * type.bytes(), BYTES) + BYTES;
  }

  private static long roundUp(long n, long multiple) {
    return (n + multiple - 1) / multiple * multiple;
  }
}
