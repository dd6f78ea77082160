package dev.runnel.experiments.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.autodiff.simd.SimdBackend;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/** Gradient descent on {@code sum(g p)}, whose gradient is g at every step, against the formula in a plain loop. */
class CourseTest {
  private static final int STEPS = 12;
  private static final double[] SLOPE = {1, -2, 0.5};

  private static void check(Optimiser optimiser, double momentum, IntToDoubleFunction share) {
    var tape = new Tape(DType.F64);
    var p = tape.scope().parameter("p", Shape.of(3), Init.of(1, 2, 3));
    optimiser.minimise(p.times(tape.input("g", Shape.of(3))).sum());
    for (var engine : List.of(new Oracle(), new PlannedEngine(new SimdBackend(1)))) {
      try (engine;
          var allocator = new RootAllocator();
          var variables = new Variables(allocator, 1);
          var program = engine.compile(tape, variables)) {
        program.set("g", SLOPE);
        double[] expected = {1, 2, 3};
        double[] m = new double[3];
        for (int t = 0; t < STEPS; t++) {
          program.run();
          for (int i = 0; i < 3; i++) {
            m[i] = momentum * m[i] + SLOPE[i];
            double change = m[i] + optimiser.decay() * expected[i];
            expected[i] -= optimiser.rate() * share.applyAsDouble(t) * change;
          }
          assertThat(variables.get("p")).as("%s, step %d", engine.name(), t).containsExactly(expected, within(1e-12));
        }
      }
    }
  }

  @Test
  void descentWithAndWithoutMomentum() {
    check(Optimiser.of(new Sgd(0), 0.1), 0, t -> 1);
    check(Optimiser.of(new Sgd(0.9), 0.1).withDecay(0.2), 0.9, t -> 1);
  }

  @Test
  void warmUpIsALine() {
    check(Optimiser.of(new Sgd(0), 0.1).withSchedule(new Course(5, 0, 0)), 0, t -> Math.min(1, t / 5.0));
    check(Optimiser.of(new Sgd(0), 0.1).withSchedule(new Course(5, 0, 0.2)), 0, t -> 0.2 + 0.8 * Math.min(1, t / 5.0));
  }

  @Test
  void cosineEndsWhereItIsTold() {
    check(Optimiser.of(new Sgd(0.5), 0.1).withSchedule(new Course(0, 10, 0)), 0.5, t -> half(t / 10.0));
    check(
        Optimiser.of(new Sgd(0), 0.1).withSchedule(new Course(4, 10, 0.1)),
        0,
        t -> 0.1 + 0.9 * (t < 4 ? t / 4.0 : half((t - 4) / 6.0)));
  }

  private static double half(double done) {
    return (1 + Math.cos(Math.PI * Math.min(1, done))) / 2;
  }

  @Test
  void errorsAreOneLine() {
    assertThatThrownBy(() -> new Sgd(1)).hasMessage("optimiser.momentum: in [0, 1) expected, 1.0 came");
    assertThatThrownBy(() -> new Course(-1, 0, 0))
        .hasMessage("optimiser.schedule.warmup: 0 or more expected, -1.0 came");
    assertThatThrownBy(() -> new Course(5, 5, 0))
        .hasMessage("optimiser.schedule.total: 0, or more than the warm-up's steps, expected, 5.0 came");
    assertThatThrownBy(() -> new Course(0, 0, 2)).hasMessage("optimiser.schedule.least: in [0, 1] expected, 2.0 came");
  }
}
