package dev.runnel.ssm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A contractive cell's slope is bounded whatever its weights are; where the free cell's is, it is that cell. */
class ContractiveTest {
  private static final double RHO = 0.95;
  private static final int D = 16;

  /** The next state and its slope at states {@code x (1, T, D)}, one input a state. */
  private static Tape grid(DType type, Cell cell, int points) {
    var tape = new Tape(type);
    var x = tape.input("x", Shape.of(1, points, D));
    var drives = cell.drive(tape.scope(), tape.input("u", Shape.of(1, points, D)));
    var y = cell.step(tape.scope(), State.of(x), drives).first();
    tape.output("y", y);
    tape.output("slope", tape.tangent(y, Map.of(x, x.like(1))));
    return tape;
  }

  private static Map<String, double[]> points(int points, double reach, double inputs) {
    double[] x = new double[points * D];
    for (int i = 0; i < x.length; i++) {
      x[i] = reach * (2.0 * (i / D) / (points - 1) - 1);
    }
    return Map.of("x", x, "u", Bench.normal(points * D, inputs, 3));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 30})
  void slopesStayWithinTheBound(int scale) {
    int points = 601;
    for (double reach : new double[] {2, 40}) {
      var at = points(points, reach, 3);
      var free = Bench.ORACLE.run(grid(DType.F64, new Known.Lrc(D, scale), points), at);
      var held = Contractive.of(new Known.Lrc(D, scale), RHO);
      double exact = Bench.largest(Bench.ORACLE.run(grid(DType.F64, held, points), at).get("slope"));
      double rounded = Bench.largest(Bench.SIMD.run(grid(DType.F32, held, points), at).get("slope"));
      System.out.printf("weights x%d, |x| <= %.0f: |J| %.3f free, %.9f held, %.9f in float%n", scale, reach,
          Bench.largest(free.get("slope")), exact, rounded);
      assertThat(exact).isLessThanOrEqualTo(RHO);
      assertThat(rounded).isLessThanOrEqualTo(RHO);
      if (scale >= 10) { // or nothing was tested
        assertThat(Bench.largest(free.get("slope"))).isGreaterThan(1);
        assertThat(exact).isGreaterThan(0.9 * RHO);
      }
    }
  }

  /** On [-2, 2] to 1e-3 with 8 pieces, 5e-5 with 16; then ripples of the weights are left. */
  @Test
  void atInitialWeightsItIsTheFreeCell() {
    int points = 401;
    var at = points(points, 2, 1);
    var free = Bench.ORACLE.run(grid(DType.F64, new Known.Lrc(D, 1), points), at);
    assertThat(Bench.largest(free.get("slope"))).isLessThan(RHO);
    var errors = new ArrayList<Double>();
    for (int pieces : new int[] {8, 16, 32}) {
      var held = new Contractive(new Known.Lrc(D, 1), RHO, 4, pieces);
      var y = Bench.ORACLE.run(grid(DType.F64, held, points), at).get("y");
      double most = 0;
      for (int i = 0; i < y.length; i++) {
        most = Math.max(most, Math.abs(y[i] - free.get("y")[i]));
      }
      errors.add(most);
    }
    System.out.println("error of 8, 16, 32 pieces on [-2, 2]: " + errors);
    assertThat(errors.get(0)).isLessThan(1e-3);
    assertThat(errors.get(1)).isLessThan(5e-5);
    assertThat(errors.get(2)).isLessThan(1e-5);
  }

  private static Tape scan(DType type, Cell cell, int batch, int steps) {
    var tape = new Tape(type);
    var u = tape.input("u", Shape.of(batch, steps, D));
    var lengths = tape.input("lengths", DType.I32, Shape.of(batch));
    var scan = Scan.of(cell).withInitial(Scan.Initial.LEARNT).run(tape.scope().scope("cell"), u, lengths, null);
    var loss = scan.output().times(tape.input("g", scan.output().shape())).sum();
    tape.output("loss", loss);
    var paths = List.copyOf(tape.variables().keySet());
    var gradients = tape.gradients(loss, paths.stream().map(p -> tape.variables().get(p)).toList());
    for (int i = 0; i < paths.size(); i++) {
      tape.output(paths.get(i), gradients.get(i));
    }
    return tape;
  }

  enum Case {
    LRC(new Known.Lrc(D, 8)),
    MAMBA(new Known.Mamba(D, 3)),
    LIQUID(new Known.Liquid(D)),
    LRU(new Known.Lru(D)),
    NOT_LINEAR_WITH_N(new Wide());

    private final Cell cell;

    Case(Cell cell) {
      this.cell = cell;
    }
  }

  /** States (D, N), and steps that are not linear in them. */
  private record Wide() implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(D, 3);
    }

    @Override
    public Drives drive(dev.runnel.autodiff.Scope p, Tensor u) {
      return Drives.of("u", u.unsqueeze(-1));
    }

    @Override
    public State step(dev.runnel.autodiff.Scope p, State x, Drives u) {
      var a = p.parameter("a", Shape.of(D, 3), Init.normal(2));
      return State.of(a.times(x.first()).plus(u.get("u")).tanh());
    }

    @Override
    public Tensor readout(dev.runnel.autodiff.Scope p, State x, Drives u) {
      return x.first().times(u.get("u")).sum(-1);
    }
  }

  /** With masks and a learnt initial state: every path has a gradient, by differences and on both backends. */
  @ParameterizedTest
  @EnumSource
  void trains(Case c) {
    int batch = 2;
    int steps = 9;
    var cell = Contractive.of(c.cell, 0.7);
    var tape = scan(DType.F64, cell, batch, steps);
    var parameters = new HashMap<>(Bench.parameters(tape));
    parameters.replaceAll((path, v) -> path.contains("x0") ? Bench.normal(v.length, 1, 5) : v);
    var inputs = Map.of(
        "u", Bench.normal(batch * steps * D, 1, 1), "lengths", new double[] {9, 4}, "g",
        Bench.normal(batch * steps * D, 1, 2));
    var exact = Bench.ORACLE.run(tape, inputs, parameters);
    for (var type : List.of(DType.F64, DType.F32)) {
      var simd = Bench.SIMD.run(type == DType.F64 ? tape : scan(type, cell, batch, steps), inputs, parameters);
      exact.forEach((name, x) -> {
        for (int i = 0; i < x.length; i++) {
          assertThat(simd.get(name)[i]).as(name)
              .isCloseTo(x[i], org.assertj.core.data.Offset.offset(
                  (type == DType.F64 ? 1e-9 : 2e-3) * (1 + Bench.largest(x))));
        }
      });
    }
    for (var path : parameters.keySet()) {
      if (exact.get(path) == null) {
        continue;
      }
      double[] v = parameters.get(path);
      double[] direction = Bench.normal(v.length, 1, 11);
      double along = 0;
      for (int i = 0; i < v.length; i++) {
        along += exact.get(path)[i] * direction[i];
      }
      double step = 1e-6;
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        double[] moved = v.clone();
        for (int i = 0; i < v.length; i++) {
          moved[i] += (side == 0 ? -step : step) * direction[i];
        }
        var other = new HashMap<>(parameters);
        other.put(path, moved);
        losses[side] = Bench.ORACLE.run(tape, inputs, other).get("loss")[0];
      }
      assertThat((losses[1] - losses[0]) / (2 * step)).as(path)
          .isCloseTo(along, org.assertj.core.data.Offset.offset(1e-5 * (1 + Math.abs(along))));
    }
    boolean all = exact.entrySet().stream().allMatch(e -> Bench.largest(e.getValue()) > 0);
    assertThat(all || c != Case.LRC).as("gradients that are not zero").isTrue();
  }

  @Test
  void refusesWhatItCannotHold() {
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(1, 2, D));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Scan.of(Contractive.of(new Known.Lstm(D, 1), 0.9)).run(tape.scope(), u))
        .withMessage("contractive: one component, or a step linear in its state, expected, two components that read"
            + " each other came; no bound is known for them, leave the cell as it is");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Contractive.of(new Known.Lrc(D, 1), 1))
        .withMessage("contractive: a bound between 0 and 1 expected, 1.0 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Contractive(new Known.Lrc(D, 1), 0.9, 4, 7))
        .withMessage("contractive: an even number of pieces expected, 7 came");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Contractive(new Known.Lrc(D, 1), 0.9, 0, 8))
        .withMessage("contractive: a reach of more than 0 expected, 0.0 came");
  }
}
