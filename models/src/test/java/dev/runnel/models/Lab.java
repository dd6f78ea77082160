package dev.runnel.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Program;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.autodiff.reference.PlanInterpreter;
import dev.runnel.autodiff.simd.Cold;
import dev.runnel.autodiff.tornado.Emulator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Runs tapes on every engine, and compares arrays. */
public final class Lab {
  private static final BufferAllocator ALLOCATOR = new RootAllocator();

  private Lab() {}

  /** Where a tape runs. The compiled backends live as long as the JVM, so that kernels are made once. */
  public enum On {
    ORACLE(new Oracle()),
    PLAN(new PlannedEngine(new PlanInterpreter())),
    SIMD(new PlannedEngine(Cold.backend(1))),
    SIMD_2(new PlannedEngine(Cold.backend(2))),
    /** GPU kernels on an emulator. */
    DEVICE(new PlannedEngine(Emulator.backend()));

    private final Engine engine;

    On(Engine engine) {
      this.engine = engine;
    }

    public Engine engine() {
      return engine;
    }

    /** Compiles a tape, gives it what it reads, runs it once and reads all outputs. */
    public Map<String, double[]> run(Tape tape, Map<String, double[]> values) {
      try (var variables = variables();
          var program = engine.compile(tape, variables)) {
        feed(tape, program, variables, values);
        program.run();
        var outputs = new LinkedHashMap<String, double[]>();
        tape.outputs().keySet().forEach(name -> outputs.put(name, program.get(name)));
        return outputs;
      }
    }
  }

  /** Variables with nothing in them, for the caller to close. */
  public static Variables variables() {
    return new Variables(ALLOCATOR, 1);
  }

  /** Inputs by name, variables by path; both may be missing from {@code values} only if they are not the tape's. */
  private static void feed(Tape tape, Program program, Variables variables, Map<String, double[]> values) {
    for (var name : tape.inputs().keySet()) {
      assertThat(values).containsKey(name);
      program.set(name, values.get(name));
    }
    for (var path : tape.variables().keySet()) {
      assertThat(values).containsKey(path);
      variables.set(path, values.get(path));
    }
  }

  /** The largest absolute value, NaN if there is one. */
  public static double largest(double[] x) {
    double most = 0;
    for (double v : x) {
      most = Double.isNaN(v) ? v : Math.max(most, Math.abs(v));
    }
    return most;
  }

  /** The largest difference; infinite where one of two is not a number. */
  public static double distance(double[] x, double[] y) {
    assertThat(y).hasSameSizeAs(x);
    double most = 0;
    for (int i = 0; i < x.length; i++) {
      double d = Math.abs(x[i] - y[i]);
      most = Math.max(most, Double.isNaN(d) ? Double.POSITIVE_INFINITY : d);
    }
    return most;
  }

  /**
   * Asserts that every array differs from the expected one by at most {@code share} of max(floor, its largest value),
   * and by {@code rounding} that the expected values have already.
   *
   * @return the largest difference found, as a share
   */
  public static double close(
      String where,
      Map<String, double[]> expected,
      Map<String, double[]> actual,
      double share,
      double floor,
      double rounding) {
    assertThat(actual.keySet()).as(where).isEqualTo(expected.keySet());
    double worst = 0;
    for (var name : expected.keySet()) {
      double scale = Math.max(floor, largest(expected.get(name)));
      double error = Math.max(0, distance(expected.get(name), actual.get(name)) - rounding);
      assertThat(error)
          .as("%s: %s, whose largest value is %s", where, name, scale)
          .isLessThanOrEqualTo(share * scale);
      worst = Math.max(worst, error == 0 ? 0 : error / scale);
    }
    return worst;
  }
}
