package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

/**
 * Random programs with gradients and assignments, the oracle against the compiled backend. {@code -Drunnel.seed} is
 * the first program's seed (1, or by the clock under {@code -Pfull}), and {@code -Drunnel.programs} how many there are.
 */
class DifferentialTest {
  private static final BufferAllocator ALLOCATOR = new RootAllocator();
  private static final long SEED =
      Long.getLong("runnel.seed", Boolean.getBoolean("runnel.full") ? System.nanoTime() & 0xFFFFFF : 1);
  private static final int PROGRAMS = Integer.getInteger("runnel.programs", 1000);
  private static final int MOST_OPERATIONS = 24;

  /** Every fourth program is in float as well. */
  private static final int FLOAT_SHARE = 4;

  /** Every second one runs on a device too. */
  private static final int DEVICE_SHARE = 2;

  @Test
  void randomPrograms() {
    System.out.printf("DifferentialTest: %d programs from seed %d%n", PROGRAMS, SEED);
    double worst = 0;
    double worstFloat = 0;
    for (long seed = SEED; seed < SEED + PROGRAMS; seed++) {
      worst = Math.max(worst, checked(seed, DType.F64));
      if (seed % FLOAT_SHARE == 0) {
        worstFloat = Math.max(worstFloat, checked(seed, DType.F32));
      }
    }
    System.out.printf("DifferentialTest: worst error of an array's largest value %.1e, in float %.1e of its bound%n",
        worst, worstFloat);
  }

  private static double checked(long seed, DType type) {
    int operations = 4 + new SplittableRandom(seed).nextInt(MOST_OPERATIONS - 3);
    try {
      return compared(seed, type, operations);
    } catch (RuntimeException | AssertionError e) {
      int least = operations;
      Throwable error = e;
      for (int fewer = 0; fewer < operations; fewer++) {
        try {
          compared(seed, type, fewer);
        } catch (RuntimeException | AssertionError smaller) {
          least = fewer;
          error = smaller;
          break;
        }
      }
      throw new AssertionError(
          ("seed %d, %s: %s; fails with %d operations, and with %d of the same seed. Repeat with: "
                  + "mvn -q -pl autodiff test -Dtest=DifferentialTest -Drunnel.seed=%d -Drunnel.programs=1")
              .formatted(seed, type, error.getMessage(), operations, least, seed),
          error);
    }
  }

  /** The worst error, relative to an array's largest value in double and to the bound in float. */
  private static double compared(long seed, DType type, int operations) {
    var program = RandomProgram.of(seed, type, operations);
    var oracle = results(On.ORACLE, program);
    double worst = compared(On.SIMD, program, type, oracle);
    return seed % DEVICE_SHARE == 0 ? Math.max(worst, compared(On.DEVICE, program, type, oracle)) : worst;
  }

  private static double compared(On on, RandomProgram program, DType type, Map<String, double[]> oracle) {
    var came = results(on, program);
    assertThat(came.keySet()).isEqualTo(oracle.keySet());
    if (type == DType.F64) {
      return On.close(on.name(), oracle, came, 1e-9, 1e-3);
    }
    // Float: numbers of about 1 may cancel, which leaves their rounding; what rounding every input by half a unit would do, measured in double, bounds what rounding each step may.
    var nudged = nudged(program);
    double worst = 0;
    for (var name : oracle.keySet()) {
      double largest = On.largest(oracle.get(name));
      double bound = 2e-5 * Math.max(1, largest) + 20 * On.distance(oracle.get(name), nudged.get(name));
      double error = On.distance(oracle.get(name), came.get(name));
      assertThat(error).as("%s: %s, largest value %s", on, name, largest).isLessThanOrEqualTo(bound);
      worst = Math.max(worst, error / bound);
    }
    return worst;
  }

  private static Map<String, double[]> results(On on, RandomProgram random) {
    return results(on, random, 0);
  }

  private static Map<String, double[]> nudged(RandomProgram random) {
    return results(On.ORACLE, random, 1e-6);
  }

  private static Map<String, double[]> results(On on, RandomProgram random, double nudge) {
    var tape = random.tape();
    try (var variables = new Variables(ALLOCATOR, 1);
        var program = on.engine().compile(tape, variables)) {
      random.fill(program);
      var signs = new SplittableRandom(3);
      tape.inputs().forEach((name, x) -> {
        if (nudge > 0 && x.type().isFloat()) {
          double[] values = program.input(name).read();
          for (int i = 0; i < values.length; i++) {
            values[i] += signs.nextBoolean() ? nudge : -nudge;
          }
          program.set(name, values);
        }
      });
      program.run();
      var results = new HashMap<String, double[]>();
      random.outputs().forEach(name -> results.put(name, program.get(name)));
      tape.assignments().keySet().forEach(path -> results.put(":= " + path, variables.get(path)));
      return results;
    }
  }
}
