package dev.runnel.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Extents of a tensor's axes, outermost first; no axes for a scalar. */
public record Shape(List<Integer> dims) {

  public Shape {
    dims = List.copyOf(dims);
    long size = 1;
    for (int d : dims) {
      if (d < 0) {
        throw new IllegalArgumentException("shape: extents of 0 or more expected, " + dims + " came");
      }
      size = Math.multiplyExact(size, Math.max(d, 1));
    }
  }

  public static Shape of(int... dims) {
    return new Shape(Arrays.stream(dims).boxed().toList());
  }

  public int rank() {
    return dims.size();
  }

  /** Extent of an axis; negative axes count from the end. */
  public int get(int axis) {
    return dims.get(axis(axis));
  }

  public int last() {
    return get(-1);
  }

  /** Number of elements. */
  public long size() {
    long size = 1;
    for (int d : dims) {
      size *= d;
    }
    return size;
  }

  /** A non-negative axis number. */
  public int axis(int axis) {
    int a = axis < 0 ? axis + rank() : axis;
    if (a < 0 || a >= rank()) {
      throw new IllegalArgumentException(
          "axis: one of the %d axes of %s expected, %d came".formatted(rank(), this, axis));
    }
    return a;
  }

  public Shape with(int axis, int extent) {
    var copy = new ArrayList<>(dims);
    copy.set(axis(axis), extent);
    return new Shape(copy);
  }

  /** This shape with axes added at the end. */
  public Shape append(int... extents) {
    var copy = new ArrayList<>(dims);
    for (int e : extents) {
      copy.add(e);
    }
    return new Shape(copy);
  }

  /** Axes {@code from} to before {@code to}. */
  public Shape range(int from, int to) {
    return new Shape(dims.subList(from, to));
  }

  /** The common shape of two operands: aligned at the last axis, extents equal or one of them 1. */
  public static Shape broadcast(String where, Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    var dims = new Integer[rank];
    for (int i = 1; i <= rank; i++) {
      int x = i <= a.rank() ? a.get(-i) : 1;
      int y = i <= b.rank() ? b.get(-i) : 1;
      if (x != y && x != 1 && y != 1) {
        throw new IllegalArgumentException(
            "%s: shapes that broadcast expected, %s and %s came; reshape one of them".formatted(where, a, b));
      }
      dims[rank - i] = x == 1 ? y : x;
    }
    return new Shape(List.of(dims));
  }

  @Override
  public String toString() {
    return dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
  }
}
