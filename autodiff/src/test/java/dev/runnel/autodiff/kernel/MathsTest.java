package dev.runnel.autodiff.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.runnel.autodiff.DType;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The stated errors hold. Run with {@code -Drunnel.full=true} for every F32 pattern instead of one in 4099. */
class MathsTest {
  private static final boolean FULL = Boolean.getBoolean("runnel.full");
  private static final Numbers F32 = new Numbers(DType.F32);
  private static final Numbers F64 = new Numbers(DType.F64);


  /**
   * One function: its exact value in double, the errors that it states, whether small results become 0, where it
   * ends in F32 (NaN for nowhere), and where F64 arguments are drawn from.
   */
  private enum Row {
    EXP(StrictMath::exp, 1.5, 1.4, false, Double.NaN, -745, 710),
    EXPM1(StrictMath::expm1, 1.7, 1.9, false, Double.NaN, -40, 710),
    LOG(StrictMath::log, 1.1, 1.4, false, Double.NaN, 0, 3),
    LOG1P(StrictMath::log1p, 1.8, 1.9, false, Double.NaN, -1, 3),
    TANH(StrictMath::tanh, 5.8, 2.8, false, Double.NaN, -20, 20),
    SIGMOID(MathsTest::sigmoid, 2.4, 2.3, true, Double.NaN, -745, 40),
    SOFTPLUS(MathsTest::softplus, 2.1, 2.1, true, Double.NaN, -720, 40),
    SIN(StrictMath::sin, 2.5, 2.5, false, 131072, -1e5, 1e5),
    COS(StrictMath::cos, 2.5, 2.8, false, 131072, -1e5, 1e5),
    ERF(MathsTest::erf, 6.4, 1.3, false, Double.NaN, -6.2, 6.2),
    RSQRT(x -> 1 / Math.sqrt(x), 1.5, 1.5, false, Double.NaN, 0, 1e4);

    final DoubleUnaryOperator exact;
    final double ulp32;
    final double ulp64;
    final boolean flushes;
    final double end;
    final double low;
    final double high;

    Row(DoubleUnaryOperator exact, double ulp32, double ulp64, boolean flushes, double end, double low, double high) {
      this.exact = exact;
      this.ulp32 = ulp32;
      this.ulp64 = ulp64;
      this.flushes = flushes;
      this.end = end;
      this.low = low;
      this.high = high;
    }

    double of(Numbers m, double x) {
      Long value = Scalar.fromDouble(m.type(), x);
      return m.number(
          switch (this) {
            case EXP -> Maths.exp(m, value);
            case EXPM1 -> Maths.expm1(m, value);
            case LOG -> Maths.log(m, value);
            case LOG1P -> Maths.log1p(m, value);
            case TANH -> Maths.tanh(m, value);
            case SIGMOID -> Maths.sigmoid(m, value);
            case SOFTPLUS -> Maths.softplus(m, value);
            case SIN -> Maths.sin(m, value);
            case COS -> Maths.cos(m, value);
            case ERF -> Maths.erf(m, value);
            case RSQRT -> Maths.rsqrt(m, value);
          });
    }

    /** Error at a float, in its units in the last place. */
    double error32(float x) {
      double y = of(F32, x);
      if (Math.abs(x) >= end) {
        return Double.isNaN(y) ? 0 : Double.POSITIVE_INFINITY;
      }
      double r = exact.applyAsDouble(x);
      float rounded = (float) r;
      if (Double.isNaN(r) || Double.isNaN(y) || Float.isInfinite(rounded) || Double.isInfinite(y)) {
        // At the edge of overflow, rounding decides: a largest number may stand for infinity.
        boolean edge = Math.abs(y) >= Math.nextDown(Float.MAX_VALUE) && Math.abs(r) >= Math.nextDown(Float.MAX_VALUE);
        return Double.compare(y, rounded) == 0 || edge ? 0 : Double.POSITIVE_INFINITY;
      }
      if (flushes && y == 0 && Math.abs(r) < Float.MIN_NORMAL) {
        return 0;
      }
      return Math.abs(y - r) / Math.ulp(ulpAt(r));
    }

    /** The float whose spacing counts: that below the exact value. */
    private static float ulpAt(double r) {
      float f = (float) Math.abs(r);
      return f > Math.abs(r) ? Math.nextDown(f) : f;
    }

    double error64(double x) {
      double y = of(F64, x);
      double r = exact.applyAsDouble(x);
      if (Double.compare(y, r) == 0 || (flushes && y == 0 && Math.abs(r) < Double.MIN_NORMAL)) {
        return 0;
      }
      double error = Math.abs(y - r) / Math.ulp(r);
      return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }
  }

  private static double sigmoid(double x) {
    return x < 0 ? StrictMath.exp(x) / (1 + StrictMath.exp(x)) : 1 / (1 + StrictMath.exp(-x));
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
  }

  /** The error function, by its series below 1 and a continued fraction above. */
  private static double erf(double x) {
    double a = Math.abs(x);
    if (Double.isNaN(x) || a > 6) {
      return Double.isNaN(x) ? x : Math.copySign(1, x);
    }
    if (a < 1) {
      double[] terms = new double[25];
      double power = a;
      for (int n = 0; n < terms.length; n++) {
        terms[n] = power / (2 * n + 1);
        power *= -a * a / (n + 1);
      }
      double sum = 0;
      for (int n = terms.length - 1; n >= 0; n--) {
        sum += terms[n];
      }
      return Math.copySign(2 / Math.sqrt(Math.PI) * sum, x);
    }
    double fraction = a;
    for (int n = 400; n > 0; n--) {
      fraction = a + n / 2.0 / fraction;
    }
    return Math.copySign(1 - StrictMath.exp(-a * a) / Math.sqrt(Math.PI) / fraction, x);
  }

  @TestFactory
  Stream<DynamicTest> floatsOfTheWholeRange() {
    return Stream.of(Row.values())
        .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
          int stride = FULL ? 1 : 4099;
          Worst worst =
              LongStream.range(0, (1L << 32) / stride)
                  .mapToObj(i -> Float.intBitsToFloat((int) (i * stride)))
                  .parallel()
                  .map(x -> new Worst(x, row.error32(x)))
                  .reduce(new Worst(0, 0), Worst::or);
          Worst edges =
              LongStream.range(0, 512 * 9)
                  .mapToObj(i -> Float.intBitsToFloat((int) (((i / 9) << 23) + i % 9 - 4)))
                  .map(x -> new Worst(x, row.error32(x)))
                  .reduce(worst, Worst::or);
          assertTrue(edges.error <= row.ulp32, () -> row + " F32: expected " + row.ulp32 + " ulp, came " + edges);
        }));
  }

  /** References are themselves good to about one unit, which is allowed for. */
  @TestFactory
  Stream<DynamicTest> doublesAtRandom() {
    int count = FULL ? 20_000_000 : 300_000;
    return Stream.of(Row.values())
        .map(row -> DynamicTest.dynamicTest(row.name(), () -> {
          var random = new SplittableRandom(7);
          var worst = new Worst(0, 0);
          for (int i = 0; i < count; i++) {
            double x =
                switch (i % 3) {
                  case 0 -> Double.longBitsToDouble(random.nextLong());
                  case 1 -> random.nextDouble(row.low, row.high);
                  default -> Math.scalb(random.nextDouble(-1, 1), 2 - random.nextInt(60));
                };
            if (Double.isNaN(row.end) || Math.abs(x) < 1e9) {
              worst = worst.or(new Worst(x, row.error64(x)));
            }
          }
          var found = worst;
          double reference = row == Row.ERF ? 4 : row == Row.SIGMOID || row == Row.SOFTPLUS ? 2 : 1;
          assertTrue(
              found.error <= row.ulp64 + reference,
              () -> row + " F64: expected " + row.ulp64 + " ulp, came " + found);
        }));
  }

  private record Worst(double at, double error) {
    Worst or(Worst other) {
      return other.error > error ? other : this;
    }
  }

  private static List<Double> special() {
    return List.of(
        0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 1e-40, 3e-310, -3e-310, 1e30, 1000.0, -1000.0,
        Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN);
  }

  @ParameterizedTest
  @EnumSource(Row.class)
  void zerosInfinitiesNaNAndOverflow(Row row) {
    for (double x : special()) {
      if (!(Math.abs(x) >= row.end)) {
        double wanted = row.exact.applyAsDouble(x);
        double came = row.of(F64, x);
        if (wanted == 0 || Double.isNaN(wanted) || Double.isInfinite(wanted)) {
          assertEquals(wanted, came, row + " at " + x);
        } else {
          assertEquals(1, came / wanted, 1e-14, row + " at " + x);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = Row.class, names = {"EXPM1", "LOG1P", "TANH", "SIN", "ERF"})
  void aNegativeZeroStaysOne(Row row) {
    assertEquals(-0f, (float) row.of(F32, -0.0));
    assertEquals(-0.0, row.of(F64, -0.0));
    assertEquals(0.0, row.of(F64, 0.0));
    assertEquals(0f, (float) row.of(F32, 0.0));
  }

  @ParameterizedTest
  @EnumSource(value = Row.class, names = {"TANH", "SIN", "ERF"})
  void oddToTheBit(Row row) {
    var random = new SplittableRandom(3);
    for (int i = 0; i < 20_000; i++) {
      float x = Float.intBitsToFloat(random.nextInt());
      assertEquals((float) -row.of(F32, x), (float) row.of(F32, -x));
      double y = Double.longBitsToDouble(random.nextLong());
      assertEquals(-row.of(F64, y), row.of(F64, -y));
    }
  }

  @ParameterizedTest
  @EnumSource(value = Row.class, names = {"TANH", "ERF", "SIGMOID"})
  void staysWithinItsBounds(Row row) {
    for (float x = -20; x <= 20; x += 1e-3f) {
      assertTrue(Math.abs(row.of(F32, x)) <= 1, "F32 at " + x);
      assertTrue(Math.abs(row.of(F64, x)) <= 1, "F64 at " + x);
    }
  }

  @Test
  void powersKeepTheirStatedError() {
    var random = new SplittableRandom(11);
    for (int i = 0; i < 300_000; i++) {
      boolean narrow = i % 2 == 0;
      double log = narrow ? Math.scalb(random.nextDouble(-1, 1), -random.nextInt(20)) : random.nextDouble(-80, 80);
      double x = (float) Math.exp(log);
      double y = (float) (random.nextDouble(-1, 1) * (i % 3 == 0 ? 1 : i % 3 == 1 ? 10 : 80) / Math.abs(log));
      double r = StrictMath.pow(x, y);
      double size = 1.8 + 0.5 * Math.abs(y * Math.log(x));
      if (Math.abs(r) > Float.MIN_NORMAL && r < Float.MAX_VALUE) {
        double e32 = Math.abs(pow(F32, x, y) - r) / Math.ulp(Row.ulpAt(r));
        assertTrue(e32 <= Math.min(size, 32), "F32 " + x + "^" + y + ": " + e32);
        double e64 = Math.abs(pow(F64, x, y) - r) / Math.ulp(r);
        assertTrue(e64 <= size + 1, "F64 " + x + "^" + y + ": " + e64);
      }
    }
  }

  @Test
  void powersAtTheEdges() {
    for (double x : special()) {
      for (double y : special()) {
        double wanted = x < 0 ? Double.NaN : StrictMath.pow(Math.abs(x), y);
        double came = pow(F64, x, y);
        assertTrue(
            Double.compare(wanted, came) == 0 || Math.abs(came / wanted - 1) < 1e-13,
            () -> x + "^" + y + ": expected " + wanted + ", came " + came);
      }
    }
    assertEquals(Float.MIN_VALUE, pow(F32, 2, -149), "denormal results are kept");
    assertEquals(1024, pow(F32, 2, 10));
  }

  private static double pow(Numbers m, double x, double y) {
    return m.number(Maths.pow(m, Scalar.fromDouble(m.type(), x), Scalar.fromDouble(m.type(), y)));
  }

  @Test
  void sinesEndWhereTheySay() {
    assertTrue(Double.isNaN(Row.SIN.of(F32, 131072)));
    assertTrue(Double.isNaN(Row.COS.of(F64, 1e9)));
    assertEquals(StrictMath.sin(999_999_999.0), Row.SIN.of(F64, 999_999_999.0), 1e-15);
  }
}
