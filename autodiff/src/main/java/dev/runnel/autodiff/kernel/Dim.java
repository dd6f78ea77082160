package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

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

  /** Extents of the space of a shape's axes longer than 1; one of extent 1 if there are none. */
  static List<Integer> space(Shape shape) {
    var space = shape.dims().stream().filter(d -> d != 1).toList();
    return space.isEmpty() ? List.of(1) : space;
  }

  /** Where an operand of shape {@code from} is read to have a node at {@code map}. */
  static List<Dim> ofOperand(Node node, Shape from, List<Dim> map) {
    var shape = node.shape();
    var operand = new ArrayList<>(map);
    switch (node.op()) {
      case Op.Broadcast() -> {
        operand.subList(0, shape.rank() - from.rank()).clear();
        for (int d = 0; d < from.rank(); d++) {
          if (from.get(d) == 1 && shape.get(d - from.rank()) != 1) {
            operand.set(d, ZERO);
          }
        }
      }
      case Op.Reshape() -> {
        var moving = IntStream.range(0, map.size()).filter(a -> shape.get(a) != 1).mapToObj(map::get).iterator();
        return from.dims().stream().map(extent -> extent == 1 ? ZERO : moving.next()).toList();
      }
      case Op.Transpose(List<Integer> order) -> {
        for (int a = 0; a < order.size(); a++) {
          operand.set(order.get(a), map.get(a));
        }
      }
      case Op.Slice(int axis, int first) -> operand.set(axis, map.get(axis).plus(first));
      case Op.Flip(int axis) -> operand.set(axis, map.get(axis).reversed(shape.get(axis)));
      default -> {}
    }
    return operand;
  }
}
