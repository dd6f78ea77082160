package dev.runnel.models.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.models.Lab;
import dev.runnel.models.Lab.On;
import dev.runnel.models.laws.Problem.Begin;
import dev.runnel.ssm.Solver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Solvers can't change the answer: trajectories and gradients of every cell are the sequential ones. */
class SolversTest {
  private static final List<Solver> SOLVERS =
      List.of(Solver.newton(), new Solver.Newton(0, 100, Solver.Guess.DRIVES), Solver.segmented(4));

  private static final List<Integer> LENGTHS = List.of(37, 0, 1, 2, 15, 16, 17, 64, 100, 1000);

  @ParameterizedTest
  @EnumSource
  void inDouble(Cells cells) {
    for (var solver : SOLVERS) {
      for (int steps : cells.tried(LENGTHS)) {
        var begin = Begin.values()[steps % 3];
        int batch = 1 + steps % 3;
        var sequential = Problem.of(DType.F64, cells.of(3), batch, steps, 3, begin, false).withGradients();
        var parallel = Problem.of(DType.F64, cells.of(3), solver, batch, steps, 3, begin, false).withGradients();
        var values = sequential.values(5);
        var expected = On.ORACLE.run(sequential.tape(), values);
        for (var tape : List.of(parallel.tape().expanded(), parallel.tape())) {
          for (var on : tape == parallel.tape() ? List.of(On.PLAN, On.SIMD, On.SIMD_2) : List.of(On.ORACLE)) {
            if (on == On.PLAN && steps > 100) {
              continue;
            }
            var where = "%s, %s, %d steps, %s".formatted(cells, solver, steps, on);
            var actual = new HashMap<>(on.run(tape, values));
            report(where, actual);
            Lab.close(where, expected, actual, 1e-9, 1, 0);
          }
        }
      }
    }
  }

  private static void report(String where, Map<String, double[]> actual) {
    double[] iterations = actual.remove("iterations");
    double[] bound = actual.remove("bound");
    double[] finished = actual.remove("finished");
    if (iterations != null && (where.contains("1000 steps, SIMD_2") || finished[0] > 0)) {
      System.out.printf("%s: %s passes, bound %.1e, %s steps finished sequentially%n", where,
          java.util.Arrays.toString(iterations), Lab.largest(bound), java.util.Arrays.toString(finished));
      assertThat(finished).as(where).containsOnly(0);
    }
  }
}
