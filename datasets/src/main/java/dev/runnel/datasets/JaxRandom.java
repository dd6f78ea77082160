package dev.runnel.datasets;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Random keys as JAX had them when the papers' splits were drawn: Threefry-2x32 with 20 rounds (Salmon et al. 2011),
 * a block's two words taken from the first and the second half of the counters ({@code jax_threefry_partitionable}
 * false), keys split by using the words as keys, permutations by sorting by random words.
 *
 * @param high first word of the key
 * @param low second word of the key
 */
record JaxRandom(int high, int low) {
  private static final int[][] ROTATIONS = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  private static final int PARITY = 0x1bd11bda;

  /** The key of a seed. */
  static JaxRandom key(long seed) {
    return new JaxRandom((int) (seed >>> 32), (int) seed);
  }

  /** The i-th of n keys that this one is split into. */
  JaxRandom split(int n, int i) {
    int[] words = words(2 * n);
    return new JaxRandom(words[2 * i], words[2 * i + 1]);
  }

  /** A permutation of {@code 0 ... n - 1}. */
  int[] permutation(int n) {
    int[] order = IntStream.range(0, n).toArray();
    int rounds = (int) Math.ceil(3 * Math.log(Math.max(1, n)) / Math.log(0xffffffffL));
    JaxRandom key = this;
    for (int round = 0; round < rounds; round++) {
      JaxRandom sub = key.split(2, 1);
      key = key.split(2, 0);
      int[] words = sub.words(n);
      int[] before = order;
      order = IntStream.range(0, n).boxed()
          .sorted(Comparator.comparingLong(i -> Integer.toUnsignedLong(words[i])))
          .mapToInt(i -> before[i]).toArray();
    }
    return order;
  }

  /** The key's first n words. */
  int[] words(int n) {
    int half = (n + 1) / 2;
    int[] words = new int[2 * half];
    for (int i = 0; i < half; i++) {
      int second = half + i < n ? half + i : 0; // an odd count is filled up by a zero
      long block = threefry(i, second);
      words[i] = (int) (block >>> 32);
      words[half + i] = (int) block;
    }
    return Arrays.copyOf(words, n);
  }

  private long threefry(int first, int second) {
    int[] key = {high, low, high ^ low ^ PARITY};
    int x = first + key[0];
    int y = second + key[1];
    for (int group = 0; group < 5; group++) {
      for (int rotation : ROTATIONS[group % 2]) {
        x += y;
        y = Integer.rotateLeft(y, rotation) ^ x;
      }
      x += key[(group + 1) % 3];
      y += key[(group + 2) % 3] + group + 1;
    }
    return (long) x << 32 | Integer.toUnsignedLong(y);
  }
}
