package dev.runnel.experiments.bench;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Program;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.reference.Oracle;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;

/**
 * A check of a program against the oracle.
 *
 * @param worst largest difference, relative to the largest value of its output
 * @param bound what it may be
 */
record Verified(double worst, double bound) {
  private static final double PER_EPSILON = 2000;

  boolean holds() {
    return worst <= bound;
  }

  /** Runs the same tape on both and compares all outputs. */
  static Verified against(Supplier<Tape> recorded, Engine engine, BufferAllocator allocator, long seed) {
    var tape = recorded.get();
    double worst = 0;
    try (var exact = new Variables(allocator, seed);
        var fast = new Variables(allocator, seed);
        var expected = new Oracle().compile(tape, exact);
        var came = engine.compile(tape, fast)) {
      fill(tape, expected);
      fill(tape, came);
      expected.run();
      came.run();
      for (var output : tape.outputs().keySet()) {
        worst = Math.max(worst, difference(expected.get(output), came.get(output)));
      }
    }
    return new Verified(worst, PER_EPSILON * (tape.type() == DType.F32 ? Math.ulp(1f) : Math.ulp(1d)));
  }

  /** Largest difference over the largest expected magnitude. */
  static double difference(double[] expected, double[] came) {
    double largest = Double.MIN_NORMAL;
    for (double v : expected) {
      largest = Math.max(largest, Math.abs(v));
    }
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(expected[i] - came[i]) / largest;
      worst = error <= worst ? worst : Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }
    return worst;
  }

  /** Inputs from a fixed seed: normal numbers, labels 0 and 1. */
  static void fill(Tape tape, Program program) {
    tape.inputs().forEach((name, x) -> program.set(name, values(name, x)));
  }

  private static double[] values(String name, Tensor x) {
    var random = new SplittableRandom(name.hashCode());
    double[] values = new double[Math.toIntExact(x.shape().size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = x.type() == DType.I32 ? random.nextInt(2) : (float) random.nextGaussian();
    }
    return values;
  }
}
