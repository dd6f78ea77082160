package dev.runnel.autodiff.memory;

import dev.runnel.autodiff.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/**
 * One tensor's elements in native memory: what a caller fills before a run and reads after it.
 *
 * @param segment the buffer, from the tensor's first element
 * @param layout where each element lies
 */
public record Area(MemorySegment segment, DType type, Layout layout) {

  /** The area of a buffer at an address. */
  public static Area at(long address, DType type, Layout layout) {
    return new Area(MemorySegment.ofAddress(address).reinterpret(layout.elements() * type.bytes()), type, layout);
  }

  /** One of several, by name. */
  public static Area named(String what, Map<String, Area> areas, String name) {
    var area = areas.get(name);
    if (area == null) {
      throw new IllegalArgumentException("%s: one of %s expected, '%s' came".formatted(what, areas.keySet(), name));
    }
    return area;
  }

  /** Takes row-major values. */
  public void write(double... values) {
    if (values.length != layout.shape().size()) {
      throw new IllegalArgumentException(
          "values: %d for shape %s expected, %d came".formatted(layout.shape().size(), layout.shape(), values.length));
    }
    visit(0, 0, 0, (dense, byteOffset) -> put(byteOffset, values[dense]));
  }

  /** All values, row-major. */
  public double[] read() {
    double[] values = new double[Math.toIntExact(layout.shape().size())];
    visit(0, 0, 0, (dense, byteOffset) -> values[dense] = get(byteOffset));
    return values;
  }

  /** The element at a byte offset. */
  public double get(long byteOffset) {
    return switch (type) {
      case F32 -> segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, byteOffset);
      case F64 -> segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, byteOffset);
      case I32 -> segment.get(ValueLayout.JAVA_INT_UNALIGNED, byteOffset);
    };
  }

  /** Sets the element at a byte offset. */
  public void put(long byteOffset, double value) {
    switch (type) {
      case F32 -> segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, byteOffset, (float) value);
      case F64 -> segment.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, byteOffset, value);
      case I32 -> segment.set(ValueLayout.JAVA_INT_UNALIGNED, byteOffset, (int) value);
    }
  }

  private interface Visitor {
    void at(int dense, long byteOffset);
  }

  private int visit(int axis, int dense, long offset, Visitor visitor) {
    if (axis == layout.shape().rank()) {
      visitor.at(dense, offset * type.bytes());
      return dense + 1;
    }
    int next = dense;
    for (int i = 0; i < layout.shape().get(axis); i++) {
      next = visit(axis + 1, next, offset + i * layout.strides().get(axis), visitor);
    }
    return next;
  }
}
