package dev.runnel.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.autodiff.reference.PlanInterpreter;
import dev.runnel.autodiff.simd.Cold;
import dev.runnel.autodiff.tornado.Emulator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Where a test's tape runs. Compiled backends live as long as the JVM, so that kernels are made once. */
enum On {
  ORACLE(new Oracle()),
  PLAN(new PlannedEngine(new PlanInterpreter())),
  SIMD(new PlannedEngine(Cold.backend(1))),
  SIMD_2(new PlannedEngine(Cold.backend(2))),
  /** GPU kernels on an emulator. */
  DEVICE(new PlannedEngine(Emulator.backend()));

  private static final BufferAllocator ALLOCATOR = new RootAllocator();
  private final Engine engine;

  On(Engine engine) {
    this.engine = engine;
  }

  Engine engine() {
    return engine;
  }

  /** Runs a tape once: its outputs by name, then what its variables became, as {@code := path}. */
  Map<String, double[]> run(Tape tape, Map<String, double[]> inputs) {
    try (var variables = new Variables(ALLOCATOR, 1);
        var program = engine.compile(tape, variables)) {
      tape.inputs().keySet().forEach(name -> program.set(name, inputs.get(name)));
      program.run();
      var results = new LinkedHashMap<String, double[]>();
      tape.outputs().keySet().forEach(name -> results.put(name, program.get(name)));
      tape.assignments().keySet().forEach(path -> results.put(":= " + path, variables.get(path)));
      return results;
    }
  }

  static double largest(double[] x) {
    double most = 0;
    for (double v : x) {
      most = Double.isNaN(v) ? v : Math.max(most, Math.abs(v));
    }
    return most;
  }

  /** The largest difference, equal infinities and NaNs apart; infinite where only one of two is a number. */
  static double distance(double[] x, double[] y) {
    assertThat(y).hasSameSizeAs(x);
    double most = 0;
    for (int i = 0; i < x.length; i++) {
      if (Double.compare(x[i], y[i]) != 0) {
        double d = Math.abs(x[i] - y[i]);
        most = Math.max(most, Double.isNaN(d) ? Double.POSITIVE_INFINITY : d);
      }
    }
    return most;
  }

  /** Asserts that arrays differ by at most {@code share} of max(floor, the largest value); gives the worst share. */
  static double close(
      String where, Map<String, double[]> expected, Map<String, double[]> actual, double share, double floor) {
    assertThat(actual.keySet()).as(where).isEqualTo(expected.keySet());
    double worst = 0;
    for (var name : expected.keySet()) {
      double error = distance(expected.get(name), actual.get(name));
      error = error == 0 ? 0 : error / Math.max(floor, largest(expected.get(name)));
      assertThat(error).as("%s: %s, relative to its largest value", where, name).isLessThanOrEqualTo(share);
      worst = Math.max(worst, error);
    }
    return worst;
  }

  /** Asserts equal bits, any NaN for any other. */
  static void same(String where, Map<String, double[]> expected, Map<String, double[]> actual) {
    assertThat(actual.keySet()).as(where).isEqualTo(expected.keySet());
    expected.forEach((name, values) -> assertThat(actual.get(name)).as("%s: %s", where, name).containsExactly(values));
  }
}
