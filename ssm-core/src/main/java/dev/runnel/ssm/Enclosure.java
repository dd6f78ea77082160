package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Tape;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;

/**
 * What the rows of {@link Pointwise} do to ranges. A few forms whose operands depend on each other are known as
 * they are: {@code x x}, and the slopes {@code y - y y} and {@code v - v y y} of the logistic function and tanh.
 */
final class Enclosure {
  /** StrictMath is within one unit in the last place; rows that take two of its functions get several. */
  private static final int ULPS = 4;

  /** Beyond, a sine's argument has no digits left to find its extremes with. */
  private static final double LARGE = 1e9;

  private Enclosure() {}

  /** An operation without a rule. */
  static final class Unknown extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String operation;

    Unknown(String operation) {
      super(operation);
      this.operation = operation;
    }

    String operation() {
      return operation;
    }
  }

  /** One pointwise node's range, from those of nodes by number. */
  static Range of(Tape tape, Node node, Pointwise row, IntFunction<Range> ranges) {
    if (node.type() == DType.I32) {
      return integers(row, node.operands().stream().map(ranges::apply).toArray(Range[]::new));
    }
    var ids = node.operands();
    if (row == Pointwise.MUL && ids.get(0).equals(ids.get(1))) {
      return ranges.apply(ids.get(0)).squared();
    }
    if (row == Pointwise.SUB && factors(tape, ids.get(1)) instanceof int[] product) {
      var y = ranges.apply(product[1]);
      if (product[0] == ids.get(0) && product[0] == product[1]) {
        return flank(y);
      }
      if (factors(tape, product[0]) instanceof int[] inner && inner[0] == ids.get(0) && inner[1] == product[1]) {
        return ranges.apply(ids.get(0)).times(Range.of(1).minus(y.squared()));
      }
    }
    return of(row, ids.stream().map(ranges::apply).toArray(Range[]::new));
  }

  private static int @org.jspecify.annotations.Nullable [] factors(Tape tape, int id) {
    var node = tape.node(id);
    return node.op() instanceof Op.Point(Pointwise row) && row == Pointwise.MUL
        ? new int[] {node.operands().get(0), node.operands().get(1)}
        : null;
  }

  /** {@code y - y^2}, which rises up to 1/2 and falls. */
  private static Range flank(Range y) {
    if (!y.finite()) {
      double nearest = y.low() > 0.5 ? y.low() : y.high();
      return new Range(Double.NEGATIVE_INFINITY, y.holds(0.5) ? 0.25 : flankAt(nearest).high());
    }
    var ends = flankAt(y.low()).hull(flankAt(y.high()));
    return y.holds(0.5) ? new Range(ends.low(), 0.25) : ends;
  }

  private static Range flankAt(double y) {
    return Range.of(y).minus(Range.of(y).squared());
  }

  /** A row's range from its operands'. */
  static Range of(Pointwise row, Range... x) {
    return switch (row) {
      case ADD -> x[0].plus(x[1]);
      case SUB -> x[0].minus(x[1]);
      case MUL -> x[0].times(x[1]);
      case DIV -> x[0].div(x[1]);
      case NEG -> x[0].negated();
      case ABS -> new Range(x[0].least(), x[0].size());
      case MIN -> new Range(Math.min(x[0].low(), x[1].low()), Math.min(x[0].high(), x[1].high()));
      case MAX -> new Range(Math.max(x[0].low(), x[1].low()), Math.max(x[0].high(), x[1].high()));
      case RELU -> new Range(Math.max(x[0].low(), 0), Math.max(x[0].high(), 0));
      case SQRT -> rising(row, clipped(x[0]));
      case RSQRT -> {
        var root = clipped(x[0]);
        yield new Range(
            Range.below(row.value(root.high()), ULPS), Range.above(row.value(root.low()), ULPS));
      }
      case EXP -> bounded(rising(row, x[0]), 0, x[0], 1);
      case EXPM1 -> bounded(rising(row, x[0]), -1, x[0], 0);
      case LOG -> rising(row, clipped(x[0]));
      case LOG1P -> rising(row, new Range(Math.max(x[0].low(), -1), Math.max(x[0].high(), -1)));
      case TANH -> rising(row, x[0]).and(Range.within(1));
      case SIGMOID -> rising(row, x[0]).and(new Range(0, 1));
      case SOFTPLUS -> rising(row, x[0]).and(new Range(0, Double.POSITIVE_INFINITY));
      case ERF -> new Range(x[0].low() == Double.NEGATIVE_INFINITY ? -1 : erf(row, x[0].low()) - 1e-13,
              x[0].high() == Double.POSITIVE_INFINITY ? 1 : erf(row, x[0].high()) + 1e-13)
          .and(Range.within(1));
      case SIN -> wave(x[0], StrictMath::sin, Math.PI / 2);
      case COS -> wave(x[0], StrictMath::cos, 0);
      case POW -> of(Pointwise.EXP, x[1].times(of(Pointwise.LOG, x[0])));
      case LESS -> truth(x[0].high() < x[1].low(), x[0].low() >= x[1].high());
      case EQUAL ->
          truth(x[0].low() == x[0].high() && x[0].equals(x[1]), x[0].high() < x[1].low() || x[1].high() < x[0].low());
      case SELECT -> !x[0].holds(0) ? x[1] : x[0].size() == 0 ? x[2] : x[1].hull(x[2]);
      case TO_FLOAT -> x[0];
      default -> throw new Unknown(row.name().toLowerCase(Locale.ROOT));
    };
  }

  /** Whole numbers have rules where they are constant, or compared or chosen. */
  private static Range integers(Pointwise row, Range[] x) {
    if (row == Pointwise.LESS || row == Pointwise.EQUAL || row == Pointwise.SELECT) {
      return of(row, x);
    }
    double[] at = new double[x.length];
    for (int i = 0; i < at.length; i++) {
      if (x[i].low() != x[i].high()) {
        throw new Unknown(row.name().toLowerCase(Locale.ROOT) + " of whole numbers");
      }
      at[i] = x[i].low();
    }
    return Range.of((int) (long) row.value(at));
  }

  private static Range clipped(Range x) {
    return new Range(Math.max(x.low(), 0), Math.max(x.high(), 0));
  }

  private static double erf(Pointwise row, double x) {
    return Math.abs(x) > 6 ? Math.signum(x) : row.value(x);
  }

  private static Range rising(Pointwise row, Range x) {
    double high = row.value(x.high());
    boolean lost = high == 0 && x.high() < 0; // it may have been too small for a double
    return new Range(Range.below(row.value(x.low()), ULPS), lost ? Double.MIN_VALUE : Range.above(high, ULPS));
  }

  /** An exponential stays above its limit, and on the side of its value at 0 on which its argument is. */
  private static Range bounded(Range y, double limit, Range x, double atZero) {
    double low = x.low() >= 0 ? Math.max(y.low(), atZero) : Math.max(y.low(), limit);
    double high = x.high() <= 0 ? Math.min(y.high(), atZero) : y.high();
    return new Range(Math.min(low, high), high);
  }

  /** A function of period 2 pi with its maximum at {@code top}. */
  private static Range wave(Range x, ToDoubleFunction<Double> f, double top) {
    if (!(x.size() < LARGE) || x.width() >= 2 * Math.PI) {
      return Range.within(1);
    }
    double a = f.applyAsDouble(x.low());
    double b = f.applyAsDouble(x.high());
    double low = meets(x, top + Math.PI) ? -1 : Range.below(Math.min(a, b), ULPS) - 0x1p-1070;
    double high = meets(x, top) ? 1 : Range.above(Math.max(a, b), ULPS) + 0x1p-1070;
    return new Range(Math.max(low, -1), Math.min(high, 1));
  }

  /** Whether {@code at + 2 pi k} may lie in a range, for some k. */
  private static boolean meets(Range x, double at) {
    double slack = 1e-15 * (1 + x.size());
    double k = Math.ceil((x.low() - slack - at) / (2 * Math.PI) - 1e-15);
    return at + 2 * Math.PI * k <= x.high() + slack;
  }

  private static Range truth(boolean always, boolean never) {
    return new Range(always ? 1 : 0, never ? 0 : 1);
  }
}
