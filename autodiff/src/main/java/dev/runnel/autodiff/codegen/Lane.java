package dev.runnel.autodiff.codegen;

/** Single-number instructions that GPU kernels call: nothing but what every device compiles as Java means it. */
public final class Lane {
  private Lane() {}

  public static boolean lt(float a, float b) {
    return a < b;
  }

  public static boolean lt(double a, double b) {
    return a < b;
  }

  public static boolean lt(int a, int b) {
    return a < b;
  }

  public static boolean lt(long a, long b) {
    return a < b;
  }

  public static boolean le(float a, float b) {
    return a < b || a == b; // devices take <= of NaN for true
  }

  public static boolean le(double a, double b) {
    return a < b || a == b; // devices take <= of NaN for true
  }

  public static boolean eq(float a, float b) {
    return a == b;
  }

  public static boolean eq(double a, double b) {
    return a == b;
  }

  public static boolean eq(int a, int b) {
    return a == b;
  }

  public static boolean eq(long a, long b) {
    return a == b;
  }

  public static float select(boolean m, float a, float b) {
    return m ? a : b;
  }

  public static double select(boolean m, double a, double b) {
    return m ? a : b;
  }

  public static int select(boolean m, int a, int b) {
    return m ? a : b;
  }

  public static long select(boolean m, long a, long b) {
    return m ? a : b;
  }

  /** What devices round once where they can. */
  public static float fma(float a, float b, float c) {
    return a * b + c;
  }

  public static double fma(double a, double b, double c) {
    return a * b + c;
  }

  /** NaN wins; of two zeros either is given. */
  public static float min(float a, float b) {
    return a < b ? a : b < a ? b : a == b ? a : a + b;
  }

  public static double min(double a, double b) {
    return a < b ? a : b < a ? b : a == b ? a : a + b;
  }

  public static float max(float a, float b) {
    return a > b ? a : b > a ? b : a == b ? a : a + b;
  }

  public static double max(double a, double b) {
    return a > b ? a : b > a ? b : a == b ? a : a + b;
  }

  /** {@code x >>> n} for n above 0, since devices were seen to shift in the sign. */
  public static int ushr(int x, int n) {
    return (x >> n) & ~(-1 << (32 - n));
  }

  public static long ushr(long x, int n) {
    return (x >> n) & ~(-1L << (64 - n));
  }
}
