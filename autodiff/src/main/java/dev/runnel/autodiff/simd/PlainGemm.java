package dev.runnel.autodiff.simd;

import dev.runnel.autodiff.DType;

/** Matrix products without a library: in float four columns at a time, the inner extent in order, by fma. */
final class PlainGemm {
  private PlainGemm() {}

  static void run(DType type, boolean ta, boolean tb, int m, int n, int k, long a, int lda, long b, int ldb, long c,
      int ldc) {
    int size = type.bytes();
    long stepA = (ta ? lda : 1L) * size;
    long rowA = (ta ? 1L : lda) * size;
    long stepB = (tb ? 1L : ldb) * size;
    long columnB = (tb ? ldb : 1L) * size;
    for (int i = 0; i < m; i++) {
      int j = 0;
      for (; j + 4 <= n && type == DType.F32; j += 4) {
        four(a + i * rowA, stepA, b + j * columnB, stepB, columnB, k, c + ((long) i * ldc + j) * size);
      }
      for (; j < n; j++) {
        long to = c + ((long) i * ldc + j) * size;
        if (type == DType.F32) {
          one(a + i * rowA, stepA, b + j * columnB, stepB, k, to);
        } else {
          oneDouble(a + i * rowA, stepA, b + j * columnB, stepB, k, to);
        }
      }
    }
  }

  private static void four(long a, long stepA, long b, long stepB, long column, int k, long c) {
    float w = 0;
    float x = 0;
    float y = 0;
    float z = 0;
    for (int l = 0; l < k; l++) {
      float p = Raw.getFloat(a + l * stepA);
      long q = b + l * stepB;
      w = Math.fma(p, Raw.getFloat(q), w);
      x = Math.fma(p, Raw.getFloat(q + column), x);
      y = Math.fma(p, Raw.getFloat(q + 2 * column), y);
      z = Math.fma(p, Raw.getFloat(q + 3 * column), z);
    }
    Raw.put(c, w);
    Raw.put(c + 4, x);
    Raw.put(c + 8, y);
    Raw.put(c + 12, z);
  }

  private static void one(long a, long stepA, long b, long stepB, int k, long c) {
    float sum = 0;
    for (int l = 0; l < k; l++) {
      sum = Math.fma(Raw.getFloat(a + l * stepA), Raw.getFloat(b + l * stepB), sum);
    }
    Raw.put(c, sum);
  }

  private static void oneDouble(long a, long stepA, long b, long stepB, int k, long c) {
    double sum = 0;
    for (int l = 0; l < k; l++) {
      sum = Math.fma(Raw.getDouble(a + l * stepA), Raw.getDouble(b + l * stepB), sum);
    }
    Raw.put(c, sum);
  }
}
