package dev.runnel.autodiff.simd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.kernel.Plan;
import dev.runnel.autodiff.reference.PlanInterpreter;
import dev.runnel.autodiff.tornado.AcceleratorBackend;
import dev.runnel.autodiff.tornado.Emulator;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** GPU kernels, as they are generated, on an emulated device. */
class EmulatorTest {

  @Test
  void anyLoopGivesWhatTheInterpreterGives() {
    try (var backend = new AcceleratorBackend(new Emulator())) { // Loops here cast bits, which no device does
      for (long seed = 0; seed < 1500; seed++) {
        Plan plan = RandomLoops.plan(seed);
        try (Arena arena = Arena.ofConfined()) {
          var expected = new RandomLoops.Memory(plan, arena, seed);
          var came = new RandomLoops.Memory(plan, arena, seed);
          new PlanInterpreter().prepare(plan, expected.addresses).run();
          backend.prepare(scattered(plan), came.addresses).run();
          assertThat(expected.difference(came)).as("seed %d, %s", seed, plan.steps()).isNull();
        }
      }
    }
  }

  /** The plan with buffers that lie anywhere. */
  private static Plan scattered(Plan plan) {
    var buffers = plan.buffers().stream()
        .map(b -> new Plan.Buffer(b.type(), b.elements(), Plan.Role.VARIABLE, b.name(), -1))
        .toList();
    return new Plan(plan.steps(), buffers, plan.slabBytes());
  }
}
