package dev.runnel.ssm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Lowering;
import dev.runnel.autodiff.kernel.Plan;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Work, depth and memory of solvers against the length of a sequence, counted in their plans: nothing is run. A pass of
 * a repeat counts once; stepping again through what was not accepted doesn't, where all is.
 */
class SolverCountsTest {
  private static final int D = 16;
  private static final Predicate<Plan.Repeat> FINISH = repeat -> repeat.max() == 1;
  private static final int[] WORKERS = {2, 10, 100, 1_000, 10_000};

  /** What trained models take: see docs/SOLVERS.md. */
  private static final int PASSES = 4;

  private static final int[] LENGTHS = {1_000, 10_000, 100_000, 1_000_000};

  /**
   * @param work instructions that compute, times positions
   * @param depth steps of walks, one after another, and barriers
   */
  private record Counts(double work, long depth, double bytes) {}

  @Test
  void nonlinear() {
    var cell = Cell.of(D, (x, u) -> x.times(0.9).plus(u).tanh());
    var newton = table("x <- tanh(0.9 x + u), newton, a pass and its acceptance", cell, Solver.newton());
    var segmented = table("x <- tanh(0.9 x + u), segmented in 100", cell, Solver.segmented(100));
    grows(newton);
    assertThat(segmented[3].work() / segmented[0].work()).isBetween(500.0, 1100.0);
  }

  /**
   * A prediction from counts alone, by Brent's bound: P workers take {@code work / P + depth} (in operations, a step of D
   * lanes each), and so many passes. What a barrier costs and memory's bandwidth are left out.
   */
  @Test
  void predicted() {
    var cell = Cell.of(D, (x, u) -> x.times(0.9).plus(u).tanh());
    var walked = table("sequential", cell, Solver.sequential());
    var newton = table("newton, a pass and its acceptance", cell, Solver.newton());
    System.out.printf("predicted speed-up of newton in %d passes over sequential, one row of %d lanes%n", PASSES, D);
    double[][] speed = new double[LENGTHS.length][WORKERS.length];
    for (int i = 0; i < LENGTHS.length; i++) {
      double step = walked[i].work() / LENGTHS[i];
      var line = new StringBuilder("%,10d steps:".formatted(LENGTHS[i]));
      for (int p = 0; p < WORKERS.length; p++) {
        double time = PASSES * (newton[i].work() / WORKERS[p] + newton[i].depth() * step);
        speed[i][p] = walked[i].work() / time;
        line.append(" P = %,d: %.3g".formatted(WORKERS[p], speed[i][p]));
      }
      System.out.println(line);
    }
    assertThat(speed[3][0]).isLessThan(1); // two workers: stepping wins
    assertThat(speed[3][WORKERS.length - 1]).isGreaterThan(100);
    assertThat(speed[0][WORKERS.length - 1]).isLessThan(speed[3][WORKERS.length - 1]);
  }

  @Test
  void linear() {
    var cell = Cell.of(D, (x, u) -> x.times(u).plus(u));
    grows(table("x <- u x + u, newton: one scan", cell, Solver.newton()));
  }

  @Test
  void ofNoParallelism() {
    var counts = table("x <- tanh(0.9 x + u), sequential", Cell.of(D, (x, u) -> x.times(0.9).plus(u).tanh()),
        Solver.sequential());
    assertThat(counts[3].depth()).isGreaterThanOrEqualTo(1_000_000);
  }

  /** Work and memory in proportion to the length, depth to its logarithm. */
  private static void grows(Counts[] counts) {
    for (int i = 1; i < counts.length; i++) {
      assertThat(counts[i].work() / counts[i - 1].work()).isBetween(9.0, 11.0);
      assertThat(counts[i].bytes() / counts[i - 1].bytes()).isBetween(9.0, 11.0);
      assertThat(counts[i].depth() - counts[i - 1].depth()).isLessThan(400);
    }
  }

  private static Counts[] table(String title, Cell cell, Solver solver) {
    System.out.println(title);
    var counts = new Counts[LENGTHS.length];
    for (int i = 0; i < LENGTHS.length; i++) {
      var tape = new Tape(DType.F32);
      var u = tape.input("u", Shape.of(1, LENGTHS[i], D));
      tape.output("x", Scan.of(cell).withSolver(solver).run(tape.scope(), u).states().first());
      var plan = Lowering.lower(tape);
      counts[i] = new Counts(work(plan.steps()), depth(plan.steps()), plan.slabBytes());
      System.out.printf("%,10d steps: %.3e operations (%.0f a state), %,d deep, %,.0f bytes%n", LENGTHS[i],
          counts[i].work(), counts[i].work() / LENGTHS[i] / D, counts[i].depth(), counts[i].bytes());
    }
    return counts;
  }

  private static double work(List<Plan.Step> steps) {
    double work = 0;
    for (var step : steps) {
      for (var item : step.items()) {
        work += switch (item) {
          case Plan.Group group -> group.calls().stream().mapToDouble(SolverCountsTest::work).sum();
          case Plan.Repeat repeat -> FINISH.test(repeat) ? 0 : work(repeat.body());
          case Plan.Gemm g -> 2.0 * g.batch() * g.m() * g.n() * g.k();
        };
      }
    }
    return work;
  }

  private static double work(Plan.Call call) {
    double positions = call.extents().stream().mapToDouble(e -> e).reduce(1, (a, b) -> a * b);
    return positions * call.loop().body().stream().filter(Ins.Compute.class::isInstance).count();
  }

  private static long depth(List<Plan.Step> steps) {
    long depth = 0;
    for (var step : steps) {
      long most = 1;
      for (var item : step.items()) {
        most = Math.max(most, switch (item) {
          case Plan.Group group -> group.calls().stream().mapToLong(SolverCountsTest::depth).sum();
          case Plan.Repeat repeat -> FINISH.test(repeat) ? 1 : depth(repeat.body());
          case Plan.Gemm _ -> 1;
        });
      }
      depth += most;
    }
    return depth;
  }

  private static long depth(Plan.Call call) {
    return call.loop().walk() < 0 ? 1 : call.extents().get(call.loop().walk());
  }
}
