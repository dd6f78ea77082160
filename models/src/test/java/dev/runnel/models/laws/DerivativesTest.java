package dev.runnel.models.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.models.Lab.On;
import dev.runnel.models.laws.Problem.Begin;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Derivatives against differences of values, in double; who reads whom. */
class DerivativesTest {
  private static final double STEP = 1e-5;

  @ParameterizedTest
  @EnumSource
  void gradientsAreSlopes(Cells cells) {
    for (var begin : Begin.values()) {
      var problem = Problem.of(DType.F64, cells.of(3), 2, 7, 3, begin, true).withGradients();
      var values = problem.values(20);
      values.put("lengths", new double[] {7, 4});
      slopes(cells + " " + begin, problem, values, "grad ", "loss");
    }
  }

  @ParameterizedTest
  @EnumSource
  void secondDerivativesAreSlopesOfSlopes(Cells cells) {
    var problem = Problem.of(DType.F64, cells.of(2), 2, 4, 2, Begin.GIVEN, false).withSecondDerivatives();
    slopes(cells.name(), problem, problem.values(21), "second ", "slope");
  }

  /** Along a random direction a variable or input, and along one coordinate of it. */
  private static void slopes(String where, Problem p, Map<String, double[]> values, String prefix, String of) {
    var gradients = On.ORACLE.run(p.tape(), values);
    var random = new SplittableRandom(22);
    for (var name : p.wrt().keySet()) {
      double[] at = values.get(name);
      double[] direction = random.doubles(at.length, -1, 1).toArray();
      double expected = 0;
      for (int i = 0; i < at.length; i++) {
        expected += direction[i] * gradients.get(prefix + name)[i];
      }
      values.put(name, moved(at, direction, STEP));
      double up = On.ORACLE.run(p.tape(), values).get(of)[0];
      values.put(name, moved(at, direction, -STEP));
      double down = On.ORACLE.run(p.tape(), values).get(of)[0];
      values.put(name, at);
      assertThat((up - down) / (2 * STEP))
          .as("%s: %s%s", where, prefix, name)
          .isCloseTo(expected, within(1e-7 * (1 + Math.abs(expected))));
    }
  }

  private static double[] moved(double[] x, double[] direction, double by) {
    double[] y = x.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] += by * direction[i];
    }
    return y;
  }

  /** One step from given states: nudging one moves its own lane alone, as far as the Jacobian says. */
  @ParameterizedTest
  @EnumSource
  void theJacobianIsAllThatStatesReadOfEachOther(Cells cells) {
    var cell = cells.of(4);
    var problem = Problem.of(DType.F64, cell, 2, 1, 4, Begin.GIVEN, false);
    var values = problem.values(23);
    var here = On.ORACLE.run(problem.tape(), values);
    int components = cell.state().components();
    for (int column = 0; column < components; column++) {
      double[] at = values.get("first" + column);
      for (int lane = 0; lane < at.length; lane += 3) {
        double[] unit = new double[at.length];
        unit[lane] = 1;
        values.put("first" + column, moved(at, unit, STEP));
        var up = On.ORACLE.run(problem.tape(), values);
        values.put("first" + column, moved(at, unit, -STEP));
        var down = On.ORACLE.run(problem.tape(), values);
        for (int row = 0; row < components; row++) {
          for (int other = 0; other < at.length; other++) {
            double slope = (up.get("x" + row)[other] - down.get("x" + row)[other]) / (2 * STEP);
            if (other == lane) {
              assertThat(here.get("J" + row + column)[lane]).isCloseTo(slope, within(1e-8));
            } else {
              assertThat(slope).as("lane %d by lane %d", other, lane).isZero();
            }
          }
        }
      }
      values.put("first" + column, at);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatComesLaterChangesNothing(Cells cells) {
    int steps = 9;
    int nudged = 5;
    var problem = Problem.of(DType.F32, cells.of(3), 2, steps, 3, Begin.LEARNT, false);
    var values = problem.values(24);
    for (var on : cells.tried(List.of(On.SIMD, On.ORACLE, On.PLAN, On.SIMD_2))) {
      var before = on.run(problem.tape(), values);
      values.get("u")[nudged * 3 + 1] += 0.5; // row 0
      var after = on.run(problem.tape(), values);
      values.get("u")[nudged * 3 + 1] -= 0.5;
      double[] x = before.get("out");
      double[] y = after.get("out");
      int width = x.length / 2 / steps;
      boolean moved = false;
      for (int i = 0; i < x.length; i++) {
        boolean may = i / width / steps == 0 && i / width % steps >= nudged;
        moved |= x[i] != y[i];
        assertThat(may || x[i] == y[i]).as("%s %s: element %d", cells, on, i).isTrue();
      }
      assertThat(moved).as("%s %s: the nudge is felt", cells, on).isTrue();
    }
  }
}
