package dev.runnel.autodiff.kernel;

import java.util.List;

/**
 * Threefry-2x32 with 20 rounds: a random word as a pure function of a key and a counter (Salmon, Moraes,
 * Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
 */
public final class Threefry {
  private static final int PARITY = 0x1BD11BDA;
  private static final int[] ROTATIONS = {13, 15, 26, 6, 17, 29, 16, 24};

  private Threefry() {}

  /** The first output word, on plain integers. */
  public static int first(int k0, int k1, int c0, int c1) {
    int[] keys = {k0, k1, PARITY ^ k0 ^ k1};
    int a = c0 + k0;
    int b = c1 + k1;
    for (int round = 0; round < 20; round++) {
      a += b;
      b = Integer.rotateLeft(b, ROTATIONS[round % 8]) ^ a;
      if (round % 4 == 3) {
        int s = round / 4 + 1;
        a += keys[s % 3];
        b += keys[(s + 1) % 3] + s;
      }
    }
    return a;
  }

  /** The same in primitives, on 32-bit INT values {@code k0, k1, c0, c1}. */
  public static <V> V first(Arithmetic<V> m, List<V> x) {
    V k0 = x.get(0);
    V k1 = x.get(1);
    V k2 = m.compute(Prim.IXOR, m.compute(Prim.IXOR, k0, k1), m.integer(PARITY));
    var keys = List.of(k0, k1, k2);
    V a = m.compute(Prim.IADD, x.get(2), k0);
    V b = m.compute(Prim.IADD, x.get(3), k1);
    for (int round = 0; round < 20; round++) {
      int left = ROTATIONS[round % 8];
      a = m.compute(Prim.IADD, a, b);
      V rotated =
          m.compute(
              Prim.IOR,
              m.compute(Prim.ISHL, b, m.integer(left)),
              m.compute(Prim.IUSHR, b, m.integer(32 - left)));
      b = m.compute(Prim.IXOR, rotated, a);
      if (round % 4 == 3) {
        int s = round / 4 + 1;
        a = m.compute(Prim.IADD, a, keys.get(s % 3));
        b = m.compute(Prim.IADD, b, m.compute(Prim.IADD, keys.get((s + 1) % 3), m.integer(s)));
      }
    }
    return a;
  }
}
