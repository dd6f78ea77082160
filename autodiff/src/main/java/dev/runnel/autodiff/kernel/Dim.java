package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a Loop's present position lies along one axis of a tensor: {@code scale * position(axis) +
 * offset}, or {@code offset} alone where {@code axis} is -1.
 */
record Dim(int axis, int scale, int offset) {

  static final Dim ZERO = new Dim(-1, 0, 0);

  static Dim along(int axis) {
    return new Dim(axis, 1, 0);
  }

  Dim plus(int more) {
    return new Dim(axis, scale, offset + more);
  }

  Dim reversed(int extent) {
    return new Dim(axis, -scale, extent - 1 - offset);
  }

  /** Each axis of {@code shape} longer than 1 along its own axis of a space of those axes alone. */
  static List<Dim> squeezed(Shape shape) {
    var map = new ArrayList<Dim>();
    int axis = 0;
    for (int extent : shape.dims()) {
      map.add(extent == 1 ? ZERO : along(axis++));
    }
    return map;
  }

  /** Axis {@code i} of a tensor of a space's rank along axis {@code i}, axes of extent 1 not moving. */
  static List<Dim> aligned(Shape shape) {
    var map = new ArrayList<Dim>();
    for (int a = 0; a < shape.rank(); a++) {
      map.add(shape.get(a) == 1 ? ZERO : along(a));
    }
    return map;
  }
}
