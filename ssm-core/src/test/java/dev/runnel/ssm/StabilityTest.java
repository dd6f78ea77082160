package dev.runnel.ssm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Stability.Kind;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is proved of known cells, that no run contradicts it, and what contraction bounds through time and layers. */
class StabilityTest {
  private static final int D = 8;
  private static final List<Range> ALL = Collections.nCopies(D, Range.ALL);
  private static final List<Range> WITHIN_3 = Collections.nCopies(D, Range.within(3));

  private static Map<String, double[]> parameters(Cell cell) {
    var tape = new Tape(DType.F64);
    Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(1, 2, D)));
    return Bench.parameters(tape);
  }

  private static Stability of(Cell cell, List<Range> inputs) {
    var parameters = parameters(cell);
    var stability = Stability.of(cell, "", parameters::get, inputs);
    System.out.println(cell + ", inputs " + inputs.getFirst() + ": " + stability.line());
    return stability;
  }

  @Test
  void table() {
    for (var inputs : List.of(WITHIN_3, ALL)) {
      assertThat(of(new Known.Lru(D), inputs).kind()).isEqualTo(Kind.CONTRACTIVE);
      assertThat(of(new Known.S5(D), inputs).kind()).isEqualTo(Kind.CONTRACTIVE);
      assertThat(of(new Known.Lrc(D, 1), inputs).kind()).isEqualTo(Kind.CONTRACTIVE);
      assertThat(of(Contractive.of(new Known.Lrc(D, 30), 0.95), inputs).bound()).isEqualTo(0.95);
      for (int scale : new int[] {3, 10, 30}) {
        var published = of(new Known.Lrc(D, scale), inputs);
        assertThat(published.kind()).isEqualTo(Kind.NOT_GUARANTEED);
        assertThat(published.found()).isGreaterThan(1);
      }
    }
    assertThat(of(new Known.Mamba(D, 3), WITHIN_3).kind()).isEqualTo(Kind.CONTRACTIVE);
    var mamba = of(new Known.Mamba(D, 3), ALL);
    assertThat(mamba.kind()).isEqualTo(Kind.MARGINAL);
    assertThat(mamba.bound()).isEqualTo(1);
    assertThat(mamba.found()).isBetween(0.999, 1.0);
    assertThat(of(new Known.Liquid(D), WITHIN_3).found()).isGreaterThan(1);
    assertThat(of(new Known.Liquid(D), ALL).kind()).isEqualTo(Kind.UNBOUNDED);
    assertThat(of(new Known.Lstm(D, 1), WITHIN_3).kind()).isEqualTo(Kind.NOT_GUARANTEED);
  }

  /** The largest |J| at the LRU's parameters is known: {@code e^(-e^nu)}. */
  @Test
  void boundsAreTight() {
    double largest = 0;
    for (double nu : parameters(new Known.Lru(D)).get("nu")) {
      largest = Math.max(largest, Math.exp(-Math.exp(nu)));
    }
    assertThat(of(new Known.Lru(D), ALL).bound()).isBetween(largest, largest * (1 + 1e-14));
    for (var cell : List.of(new Known.Lrc(D, 1), new Known.Lrc(D, 3), new Known.Lrc(D, 10))) {
      var proved = of(cell, WITHIN_3);
      assertThat(proved.bound()).isLessThan(1.002 * proved.found());
    }
  }

  /** Runs with inputs anywhere in their ranges, at their ends too, and switching as seldom as every 200 steps. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10})
  void noRunContradicts(int scale) {
    int steps = 2000;
    for (Cell cell : List.of(new Known.Lrc(D, scale), Contractive.of(new Known.Lrc(D, scale), 0.9), new Known.Lru(D),
        new Known.Lstm(D, 0.3 * scale))) {
      var proved = of(cell, WITHIN_3);
      var random = new SplittableRandom(scale);
      double[] u = new double[steps * D];
      for (int t = 0; t < steps; t++) {
        int hold = t < 1000 ? 1 : t < 1400 ? 10 : 200;
        for (int i = 0; i < D; i++) {
          double fresh = t < 500 ? 6 * random.nextDouble() - 3 : random.nextBoolean() ? 3 : -3;
          u[t * D + i] = t % hold == 0 ? fresh : u[(t - 1) * D + i];
        }
      }
      var tape = new Tape(DType.F64);
      var run = Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(1, steps, D)));
      int components = cell.state().components();
      for (int i = 0; i < components; i++) {
        tape.output("x" + i, run.states().components().get(i));
        for (int j = 0; j < components; j++) {
          tape.output("J" + i + j, run.jacobian().get(i, j));
        }
      }
      var values = Bench.ORACLE.run(tape, Map.of("u", u));
      for (int i = 0; i < components; i++) {
        for (double x : values.get("x" + i)) {
          assertThat(proved.states().get(i).holds(x)).as("%s: %s", cell, x).isTrue();
        }
      }
      var entries = IntStream.range(0, components * components)
          .mapToObj(k -> values.get("J" + k / components + k % components)).toList();
      var measured = Measured.of(entries, steps, steps);
      System.out.printf("%s: |J| measured %.4f, proved %.4f%n", cell, measured.largest(), proved.bound());
      assertThat(measured.largest()).isLessThanOrEqualTo(proved.bound() * (1 + 1e-12));
    }
  }

  /** At x10 the published cell expands along a trajectory that it reaches; at x1 it doesn't. */
  @Test
  void thePublishedCellExpands() {
    for (int scale : new int[] {1, 10}) {
      var measured = along(new Known.Lrc(16, scale), 16);
      System.out.printf(
          "LRC x%d: largest |J| %.3f, %.2f%% above 1%n", scale, measured.largest(), 100 * measured.above1());
      assertThat(measured.largest() > 1).isEqualTo(scale == 10);
      assertThat(IntStream.range(0, 60).mapToLong(i -> measured.counts()[i]).sum()).isEqualTo(500 * 16);
    }
  }

  private static Measured along(Cell cell, int d) {
    int steps = 500;
    var tape = new Tape(DType.F64);
    var run = Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(1, steps, d)));
    tape.output("J", run.jacobian().get(0, 0));
    var values = Bench.ORACLE.run(tape, Map.of("u", Bench.normal(steps * d, 1, 2)));
    return Measured.of(List.of(values.get("J")), steps, steps);
  }

  /** Theorem 1 for one layer: what arrives n steps before is at most {@code rho^n} of what was given. */
  @Test
  void gradientsDecayWhereTheCellIsContractive() {
    var measured = along(Contractive.of(new Known.Lrc(16, 10), 0.95), 16);
    assertThat(measured.largest()).isBetween(0.9, 0.95);
    assertThat(measured.above1()).isZero();
    for (int n = 0; n < measured.gradient().length; n++) {
      assertThat(measured.gradient()[n]).isLessThanOrEqualTo(Math.pow(0.95, n) * (1 + 1e-12));
    }
  }

  /** Lemma 1: trajectories from two states come nearer by rho at each step, whatever the input. */
  @Test
  void trajectoriesComeNearer() {
    int steps = 60;
    double rho = 0.9;
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(1, steps, D));
    var scan = Scan.of(Contractive.of(new Known.Lrc(D, 10), rho));
    for (var name : List.of("a", "b")) {
      var first = State.of(tape.input(name, Shape.of(1, D)));
      tape.output("from " + name, scan.run(tape.scope(), u, null, first).output());
    }
    double[] a = Bench.normal(D, 5, 1);
    double[] b = Bench.normal(D, 5, 2);
    var values = Bench.ORACLE.run(tape, Map.of("u", Bench.normal(steps * D, 2, 3), "a", a, "b", b));
    double before = distance(a, b, 0);
    for (int t = 0; t < steps; t++) {
      double now = distance(values.get("from a"), values.get("from b"), t * D);
      assertThat(now).isLessThanOrEqualTo(rho * before + 1e-13);
      before = now;
    }
  }

  private static double distance(double[] a, double[] b, int from) {
    double sum = 0;
    for (int i = from; i < from + D; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** {@code x <- rho x + u}, as a layer. */
  private record Leak(double rho) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(D);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("u", u);
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      return State.of(x.first().times(rho).plus(u.get("u")));
    }
  }

  /** The norm of the gradient of {@code sum c x^L_n} by {@code x^1_0}, over that of c. */
  private static double through(int layers, int n, BiFunction<Tensor, Integer, Tensor> between, Cell cell) {
    var tape = new Tape(DType.F64);
    var first = tape.input("x0", Shape.of(1, D));
    var u = tape.input("u", Shape.of(1, n, D));
    for (int l = 0; l < layers; l++) {
      var in = l == 0 ? u : between.apply(u, l);
      u = Scan.of(cell).run(tape.scope().scope("layer" + l), in, null, l == 0 ? State.of(first) : null).output();
    }
    var loss = u.at(1, n - 1).times(tape.input("c", Shape.of(1, D))).sum();
    tape.output("g", tape.gradients(loss, List.of(first)).getFirst());
    double[] c = Bench.normal(D, 1, 6);
    var values = Bench.ORACLE.run(
        tape, Map.of("x0", Bench.normal(D, 1, 7), "u", Bench.normal(n * D, 1, 8), "c", c));
    return distance(values.get("g"), new double[D], 0) / distance(c, new double[D], 0);
  }

  /** Paths may change layer at any time: the product over layers is exceeded, the bound that counts paths is not. */
  @Test
  void gradientsThroughLayers() {
    double rho = 0.9;
    for (int layers : new int[] {1, 2, 3, 5}) {
      double[] lipschitz = Collections.nCopies(layers - 1, 1.0).stream().mapToDouble(x -> x).toArray();
      for (int n : new int[] {1, 5, 20, 60}) {
        double linear = through(layers, n, (x, l) -> x, new Leak(rho));
        double bound = Stability.throughLayers(n, rho, lipschitz);
        assertThat(linear).isLessThanOrEqualTo(bound * (1 + 1e-12));
        // one crossing fewer than there is room for, since layers above start from a state of their own
        assertThat(linear).isCloseTo(
            bound * n / (n + layers - 1), org.assertj.core.data.Offset.offset(1e-12 * bound));
        if (layers > 1 && n > 1) {
          assertThat(linear).isGreaterThan(Math.pow(rho, n * layers));
        }
      }
    }
    assertThat(Stability.throughLayers(20, 0.9, 2, 3)).isCloseTo(231 * Math.pow(0.9, 20) * 6,
        org.assertj.core.data.Offset.offset(1e-12));
  }

  /** Layers of contractive cells; each next drive is tanh of twice the states, so a slope by it of at most 2. */
  @Test
  void gradientsThroughContractiveLayers() {
    var cell = Contractive.of(Cell.of(D, (x, u) -> x.times(3).plus(u).tanh()), 0.8);
    int steep = 0;
    for (int n : new int[] {1, 4, 16, 40}) {
      double two = through(2, n, (x, l) -> x.times(2).tanh(), cell);
      double bound = Stability.throughLayers(n, 0.8, 2 * slopeByDrive(cell));
      assertThat(two).isLessThanOrEqualTo(bound);
      steep += two > 0 ? 1 : 0;
    }
    assertThat(steep).isEqualTo(4);
  }

  /** The largest slope by the drive over a grid of states and drives. */
  private static double slopeByDrive(Cell cell) {
    int points = 400;
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(1, points, D));
    var y = cell.step(tape.scope(), State.of(tape.input("x", Shape.of(1, points, D))), cell.drive(tape.scope(), u));
    tape.output("slope", tape.tangent(y.first(), Map.of(u, u.like(1))));
    double[] us = new double[points * D];
    double[] xs = new double[points * D];
    for (int i = 0; i < us.length; i++) {
      us[i] = -2 + 4.0 * (i % 56) / 55;
      xs[i] = -3 + 6.0 * (i / 56) / (us.length / 56.0);
    }
    return 1.05 * Bench.largest(Bench.ORACLE.run(tape, Map.of("u", us, "x", xs)).get("slope"));
  }

  @Test
  void whatHasNoRuleIsUnknown() {
    record Chosen(boolean far) implements Cell {
      @Override
      public StateShape state() {
        return StateShape.of(D);
      }

      @Override
      public Drives drive(Scope p, Tensor u) {
        var first = far ? u.slice(1, 0, 1).plus(u.sum(1).unsqueeze(1)) : u;
        var rows = p.parameter("table", Shape.of(4, D), Init.normal(1));
        return Drives.of(
            "v", far ? u.plus(first) : rows.gather(u.at(2, 0).less(0).toInt()));
      }

      @Override
      public State step(Scope p, State x, Drives u) {
        return State.of(x.first().times(0.5).plus(u.get("v")));
      }
    }
    assertThat(of(new Chosen(false), WITHIN_3).line()).isEqualTo("unknown: gather");
    assertThat(of(new Chosen(true), WITHIN_3).line()).isEqualTo("unknown: drive 'v' reads further than 16 steps");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Stability.of(new Known.Lru(D), "", path -> new double[D], List.of()))
        .withMessage("stability: a range for each input feature expected, none came");
  }

  @Test
  void measuresBlocksAndRefusesWhatDoesNotFit() {
    // a quarter turn by 1/2 at each of two steps, then nothing
    double[] zero = new double[3];
    var turned = Measured.of(List.of(zero, new double[] {-0.5, -0.5, 9}, new double[] {0.5, 0.5, 9}, zero), 3, 2);
    assertThat(turned.gradient()).containsExactly(1, 0.5, 0.25);
    assertThat(turned.counts()[20]).isEqualTo(2);
    assertThat(turned.above1()).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> Measured.of(List.of(zero), 2, 2))
        .withMessage("measured: 1 or 4 arrays of 1 rows x 2 steps x lanes expected, 1 of 3 numbers came");
    assertThatIllegalArgumentException().isThrownBy(() -> Measured.of(List.of(zero), 3, 4))
        .withMessage("measured: lengths from 0 to 3 expected, 4 came");
  }
}
