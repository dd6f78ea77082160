package dev.runnel.ssm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A range holds every value that numbers in its operands' ranges give, and is no wider than that needs. */
class RangeTest {
  private static final EnumSet<Pointwise> WHOLE =
      EnumSet.of(Pointwise.TO_INT, Pointwise.AND, Pointwise.XOR, Pointwise.THREEFRY);

  private final SplittableRandom random = new SplittableRandom(4);

  private double number() {
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> random.nextInt(-3, 4);
      case 2 -> random.nextGaussian() * 100;
      default -> random.nextGaussian() * 2;
    };
  }

  private Range range() {
    double a = number();
    double b = random.nextInt(6) == 0 ? a : a + random.nextDouble() * Math.pow(10, random.nextInt(-3, 2));
    return new Range(a, b);
  }

  private double in(Range r) {
    return switch (random.nextInt(4)) {
      case 0 -> r.low();
      case 1 -> r.high();
      default -> Math.clamp(r.low() + random.nextDouble() * (r.high() - r.low()), r.low(), r.high());
    };
  }

  @ParameterizedTest
  @EnumSource
  void everyRowHoldsItsValues(Pointwise row) {
    if (WHOLE.contains(row)) {
      return;
    }
    int tested = 0;
    for (int i = 0; i < 5000; i++) {
      var x = new Range[row.arity()];
      for (int k = 0; k < x.length; k++) {
        x[k] = range();
      }
      var y = Enclosure.of(row, x);
      for (int j = 0; j < 10; j++) {
        double[] at = new double[x.length];
        for (int k = 0; k < at.length; k++) {
          at[k] = in(x[k]);
        }
        double value = row.value(at);
        if (Double.isNaN(value)) { // outside of what the row is defined on
          continue;
        }
        tested++;
        assertThat(y.holds(value)).as("%s of %s at %s: %s in %s", row, List.of(x), at, value, y).isTrue();
      }
    }
    assertThat(tested).isGreaterThan(10_000);
  }

  @Test
  void roundsOutward() {
    int rounded = 0;
    for (int i = 0; i < 20_000; i++) {
      double a = number();
      double b = random.nextGaussian();
      var sum = Range.of(a).plus(Range.of(b));
      var product = Range.of(a).times(Range.of(b));
      rounded += sum.low() < sum.high() ? 1 : 0;
      assertThat(between(sum, new BigDecimal(a).add(new BigDecimal(b)))).isTrue();
      assertThat(between(product, new BigDecimal(a).multiply(new BigDecimal(b)))).isTrue();
      assertThat(sum.high()).isLessThanOrEqualTo(Math.nextUp(sum.low()));
      assertThat(product.high()).isLessThanOrEqualTo(Math.nextUp(product.low()));
      if (b != 0) {
        var ratio = Range.of(a).div(Range.of(b));
        assertThat(between(ratio.times(Range.of(b)), new BigDecimal(a))).isTrue();
      }
    }
    assertThat(rounded).isGreaterThan(1000);
  }

  private static boolean between(Range r, BigDecimal x) {
    return new BigDecimal(r.low()).compareTo(x) <= 0 && x.compareTo(new BigDecimal(r.high())) <= 0;
  }

  @Test
  void infinities() {
    assertThat(Range.ALL.times(Range.of(0))).isEqualTo(Range.of(0));
    assertThat(Range.ALL.plus(Range.ALL)).isEqualTo(Range.ALL);
    assertThat(Enclosure.of(Pointwise.SIGMOID, Range.ALL)).isEqualTo(new Range(0, 1));
    assertThat(Enclosure.of(Pointwise.TANH, Range.ALL)).isEqualTo(Range.within(1));
    assertThat(Enclosure.of(Pointwise.EXP, new Range(Double.NEGATIVE_INFINITY, 0))).isEqualTo(new Range(0, 1));
    assertThat(Enclosure.of(Pointwise.DIV, Range.of(1), Range.within(1))).isEqualTo(Range.ALL);
    assertThatIllegalArgumentException().isThrownBy(() -> new Range(1, 0))
        .withMessage("range: low <= high expected, 1.0 and 0.0 came");
  }

  private static Range through(UnaryOperator<Tensor> f, Range x) {
    var tape = new Tape(DType.F64);
    var in = tape.input("x", Shape.of(1));
    return new PointwiseRanges(List.of(f.apply(in))).at(Map.of("x", x))[0];
  }

  /** Natural ranges of these would be [-1, 1], [-36, 36] and [0, 2]. */
  @Test
  void knowsSlopesAndSquares() {
    assertThat(through(x -> x.sigmoid().minus(x.sigmoid().times(x.sigmoid())), Range.ALL))
        .isEqualTo(new Range(0, 0.25));
    assertThat(through(x -> x.times(x), new Range(-6, 6))).isEqualTo(new Range(0, 36));
    assertThat(through(x -> x.minus(x.times(x.tanh()).times(x.tanh())), new Range(1, 2)).high()).isLessThan(0.85);
    for (int i = 0; i < 2000; i++) {
      var r = range();
      double x = in(r);
      double y = 1 / (1 + Math.exp(-x));
      var slope = through(v -> v.sigmoid().minus(v.sigmoid().times(v.sigmoid())), r);
      assertThat(slope.plus(Range.within(1e-15)).holds(y - y * y)).as("%s in %s", x, r).isTrue();
    }
  }
}
