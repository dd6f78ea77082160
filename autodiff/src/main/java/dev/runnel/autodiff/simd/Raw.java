package dev.runnel.autodiff.simd;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.runnel.autodiff.codegen.Layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory by address, and the single-lane instructions of kernels. Ranges are the planner's care. */
final class Raw {
  /** All memory. Addressing through one constant segment leaves no bounds checks in a kernel. */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /** Addresses of 0, 1, 2, .. as ints and as longs. */
  static final long IOTA4 = iota(4);

  static final long IOTA8 = iota(8);

  private Raw() {}

  private static long iota(int bytes) {
    long at = Arena.global().allocate(64L * 2, 64).address();
    for (int i = 0; i < 16; i++) {
      if (bytes == 4) {
        put(at + 4L * i, i);
      } else {
        put(at + 8L * i, (long) i);
      }
    }
    return at;
  }

  static float getFloat(long at) {
    return ALL.get(JAVA_FLOAT_UNALIGNED, at);
  }

  static double getDouble(long at) {
    return ALL.get(JAVA_DOUBLE_UNALIGNED, at);
  }

  static int getInt(long at) {
    return ALL.get(JAVA_INT_UNALIGNED, at);
  }

  static long getLong(long at) {
    return ALL.get(JAVA_LONG_UNALIGNED, at);
  }

  static void put(long at, float x) {
    ALL.set(JAVA_FLOAT_UNALIGNED, at, x);
  }

  static void put(long at, double x) {
    ALL.set(JAVA_DOUBLE_UNALIGNED, at, x);
  }

  static void put(long at, int x) {
    ALL.set(JAVA_INT_UNALIGNED, at, x);
  }

  static void put(long at, long x) {
    ALL.set(JAVA_LONG_UNALIGNED, at, x);
  }

  /** Brings up to {@code most} elements of 4 bytes together. */
  static void gather4(long from, long stride, long to, int left, int most) {
    for (int i = 0; i < Math.min(left, most); i++) {
      put(to + 4L * i, getInt(from + stride * i));
    }
  }

  static void gather8(long from, long stride, long to, int left, int most) {
    for (int i = 0; i < Math.min(left, most); i++) {
      put(to + 8L * i, getLong(from + stride * i));
    }
  }

  /** Spreads up to {@code most} elements of 4 bytes. */
  static void spread4(long from, long to, long stride, int left, int most) {
    for (int i = 0; i < Math.min(left, most); i++) {
      put(to + stride * i, getInt(from + 4L * i));
    }
  }

  static void spread8(long from, long to, long stride, int left, int most) {
    for (int i = 0; i < Math.min(left, most); i++) {
      put(to + stride * i, getLong(from + 8L * i));
    }
  }

  /** Bytes from the first position of an indexed operand; a bad index is noted and becomes 0. */
  static long index(long index, long[] arguments, int entry) {
    if (index < 0 || index >= arguments[entry + 1]) {
      arguments[Layout.BAD_INDEX] = 1;
      return 0;
    }
    return index * arguments[entry];
  }

  static float sumFloat(long at, int lanes) {
    return switch (lanes) {
      case 4 -> sum4(at);
      case 8 -> sum4(at) + sum4(at + 16);
      default -> (sum4(at) + sum4(at + 16)) + (sum4(at + 32) + sum4(at + 48));
    };
  }

  private static float sum4(long at) {
    return (getFloat(at) + getFloat(at + 4)) + (getFloat(at + 8) + getFloat(at + 12));
  }

  static double sumDouble(long at, int lanes) {
    return switch (lanes) {
      case 2 -> sum2(at);
      case 4 -> sum2(at) + sum2(at + 16);
      default -> (sum2(at) + sum2(at + 16)) + (sum2(at + 32) + sum2(at + 48));
    };
  }

  private static double sum2(long at) {
    return getDouble(at) + getDouble(at + 8);
  }

  static float maxFloat(long at, int lanes) {
    float max = getFloat(at);
    for (int i = 1; i < lanes; i++) {
      max = Math.max(max, getFloat(at + 4L * i));
    }
    return max;
  }

  static double maxDouble(long at, int lanes) {
    double max = getDouble(at);
    for (int i = 1; i < lanes; i++) {
      max = Math.max(max, getDouble(at + 8L * i));
    }
    return max;
  }

  static boolean lt(double a, double b) {
    return a < b;
  }

  static boolean le(double a, double b) {
    return a <= b;
  }

  static boolean eq(double a, double b) {
    return a == b;
  }

  static boolean lt(long a, long b) {
    return a < b;
  }

  static boolean eq(long a, long b) {
    return a == b;
  }

  static float select(boolean m, float a, float b) {
    return m ? a : b;
  }

  static double select(boolean m, double a, double b) {
    return m ? a : b;
  }

  static int select(boolean m, int a, int b) {
    return m ? a : b;
  }

  static long select(boolean m, long a, long b) {
    return m ? a : b;
  }
}
