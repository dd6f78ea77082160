package dev.runnel.experiments.weights;

import dev.runnel.experiments.store.OneLine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A dense array with a name: row-major, little-endian. Equal when name, type, shape and bits are equal.
 *
 * @param name not empty, without NUL, not {@code __metadata__}
 * @param type what its numbers are
 * @param shape extents, none negative; empty for a single number
 * @param data exactly the array's bytes; not copied, so it must live as long as this record is used
 */
@SuppressWarnings("ArrayRecordComponent")
public record NamedTensor(String name, ElementType type, int[] shape, MemorySegment data) {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Copies the shape and checks it against the data. */
  public NamedTensor {
    shape = shape.clone();
    checkName(name);
    String where = "tensor " + OneLine.quote(name);
    long bytes = bytes(where, type, shape);
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(where + ": " + bytes + " bytes expected for " + type + " "
          + Arrays.toString(shape) + ", came " + data.byteSize());
    }
  }

  /** A tensor of floats, copied. */
  public static NamedTensor wrap(String name, float[] values, int... shape) {
    return new NamedTensor(name, ElementType.F32, shape, littleEndian(MemorySegment.ofArray(values), 4));
  }

  /** A tensor of doubles, copied. */
  public static NamedTensor wrap(String name, double[] values, int... shape) {
    return new NamedTensor(name, ElementType.F64, shape, littleEndian(MemorySegment.ofArray(values), 8));
  }

  /** A tensor of integers, copied. */
  public static NamedTensor wrap(String name, int[] values, int... shape) {
    return new NamedTensor(name, ElementType.I32, shape, littleEndian(MemorySegment.ofArray(values), 4));
  }

  /** A tensor of numbers of a type, copied and rounded to it. */
  public static NamedTensor wrap(String name, ElementType type, double[] values, int... shape) {
    return switch (type) {
      case F64 -> wrap(name, values, shape);
      case F32 -> {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = (float) values[i];
        }
        yield wrap(name, floats, shape);
      }
      case I32 -> wrap(name, Arrays.stream(values).mapToInt(v -> (int) v).toArray(), shape);
    };
  }

  private static MemorySegment littleEndian(MemorySegment values, int width) {
    MemorySegment copy = MemorySegment.ofArray(new byte[Math.toIntExact(values.byteSize())]).copyFrom(values);
    if (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) {
      for (long at = 0; at < copy.byteSize(); at += width) {
        for (int i = 0; i < width / 2; i++) {
          byte first = copy.get(ValueLayout.JAVA_BYTE, at + i);
          copy.set(ValueLayout.JAVA_BYTE, at + i, copy.get(ValueLayout.JAVA_BYTE, at + width - 1 - i));
          copy.set(ValueLayout.JAVA_BYTE, at + width - 1 - i, first);
        }
      }
    }
    return copy.asReadOnly();
  }

  /** Bytes of an array; a negative extent, or more than fit a long, is an error. */
  static long bytes(String where, ElementType type, int[] shape) {
    long count = type.bytes();
    try {
      for (int extent : shape) {
        if (extent < 0) {
          throw new IllegalArgumentException(where + ": extents of at least 0 expected, came " + extent);
        }
        count = Math.multiplyExact(count, (long) extent);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(where + ": a shape below 2^63 bytes expected, came "
          + Arrays.toString(shape), e);
    }
    return count;
  }

  static void checkName(String name) {
    String fault = name.isEmpty() ? "came an empty one"
        : name.equals(SafeTensors.METADATA) ? "came " + name + ", which the format keeps for itself"
        : name.indexOf(0) >= 0 ? "came one with NUL: " + OneLine.quote(name)
        : !wellFormed(name) ? "came one with half a surrogate pair: " + OneLine.quote(name) : null;
    if (fault != null) {
      throw new IllegalArgumentException("tensor: a name expected, " + fault);
    }
  }

  /** Whether the text has no half of a surrogate pair, so that UTF-8 can say it. */
  static boolean wellFormed(String text) {
    return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  /** The extents, copied. */
  @Override
  public int[] shape() {
    return shape.clone();
  }

  /** How many numbers there are. */
  public long count() {
    return data.byteSize() / type.bytes();
  }

  /** The i-th number in row-major order, whatever the type. */
  public double get(long i) {
    return switch (type) {
      case F32 -> data.get(FLOAT, i * 4);
      case F64 -> data.get(DOUBLE, i * 8);
      case I32 -> data.get(INT, i * 4);
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NamedTensor t && name.equals(t.name) && type == t.type && Arrays.equals(shape, t.shape)
        && data.mismatch(t.data) < 0;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * name.hashCode() + type.hashCode()) + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return name + " " + type + " " + Arrays.toString(shape);
  }
}
