package dev.runnel.ssm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Jacobians and reports read from a tape after scans were recorded on it. */
class ObservedTest {
  private static final int D = 3;
  private static final int STEPS = 40;

  /** {@code x <- tanh(0.9 x - 0.7 y + u), y <- tanh(0.4 x + 0.8 y)}. */
  private record Twist() implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(D).paired();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("u", u);
    }

    @Override
    public State step(Scope p, State s, Drives u) {
      var x = s.components().get(0);
      var y = s.components().get(1);
      return State.of(
          x.times(0.9).minus(y.times(0.7)).plus(u.get("u")).tanh(), x.times(0.4).plus(y.times(0.8)).tanh());
    }
  }

  private static Map<String, double[]> run(Solver solver, boolean reports) {
    var tape = new Tape(DType.F64);
    var u = tape.input("u", Shape.of(2, STEPS, D));
    var one = Scan.of(Cell.of(D, (x, v) -> x.times(0.5).plus(v))).withSolver(solver).run(tape.scope(), u).output();
    var two =
        Scan.of(Cell.of(D, (x, v) -> x.times(0.9).plus(v).tanh())).withSolver(solver).run(tape.scope(), one).output();
    var three = Scan.of(new Twist()).withSolver(solver).run(tape.scope(), two).states();
    var observed = Observed.on(tape);
    assertThat(observed).hasSize(2); // the first is linear
    tape.output("x", two);
    tape.output("y0", three.components().get(0));
    tape.output("y1", three.components().get(1));
    for (int i = 0; i < 2; i++) {
      tape.output("j" + i, observed.get(i).jacobian());
      assertThat(observed.get(i).solution() != null).isEqualTo(reports);
      if (observed.get(i).solution() instanceof Scan.Solution solution) {
        tape.output("n" + i, solution.iterations().toFloat());
      }
    }
    return Bench.SIMD.run(tape, Map.of("u", Bench.normal(2 * STEPS * D, 0.5, 3)));
  }

  @Test
  void jacobiansAlongTheTrajectories() {
    var came = run(Solver.sequential(), false);
    double[] x = came.get("x");
    double[] y0 = came.get("y0");
    double[] y1 = came.get("y1");
    for (int i = 0; i < x.length; i++) {
      assertThat(came.get("j0")[i]).isCloseTo(0.9 * (1 - x[i] * x[i]), within(1e-12));
      double p = 1 - y0[i] * y0[i];
      double q = 1 - y1[i] * y1[i];
      double squares = p * p * (0.81 + 0.49) + q * q * (0.16 + 0.64);
      double determinant = p * q * (0.9 * 0.8 + 0.7 * 0.4);
      double norm = Math.sqrt((squares + Math.sqrt(squares * squares - 4 * determinant * determinant)) / 2);
      assertThat(came.get("j1")[i]).isCloseTo(norm, within(1e-12));
    }
  }

  @Test
  void iterations() {
    var came = run(Solver.newton(), true);
    var walked = run(Solver.sequential(), false);
    for (int i = 0; i < 2; i++) {
      for (double n : came.get("n" + i)) {
        assertThat(n).isBetween(2.0, 30.0);
      }
      assertThat(came.get("j" + i)).containsExactly(walked.get("j" + i), within(1e-9));
    }
  }
}
