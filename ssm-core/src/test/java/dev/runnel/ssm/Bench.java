package dev.runnel.ssm;

import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.PlannedEngine;
import dev.runnel.autodiff.reference.Oracle;
import dev.runnel.autodiff.simd.SimdBackend;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Runs tapes once, from initial values of one seed. */
enum Bench {
  ORACLE(new Oracle()),
  SIMD(new PlannedEngine(new SimdBackend(1)));

  private static final BufferAllocator ALLOCATOR = new RootAllocator();

  private final Engine engine;

  Bench(Engine engine) {
    this.engine = engine;
  }

  /** Outputs by name. */
  Map<String, double[]> run(Tape tape, Map<String, double[]> inputs) {
    return run(tape, inputs, Map.of());
  }

  Map<String, double[]> run(Tape tape, Map<String, double[]> inputs, Map<String, double[]> parameters) {
    try (var variables = new Variables(ALLOCATOR, 7);
        var program = engine.compile(tape, variables)) {
      inputs.forEach(program::set);
      parameters.forEach(variables::set);
      program.run();
      var outputs = new LinkedHashMap<String, double[]>();
      tape.outputs().keySet().forEach(name -> outputs.put(name, program.get(name)));
      return outputs;
    }
  }

  /** What a tape's variables begin with. */
  static Map<String, double[]> parameters(Tape tape) {
    try (var variables = new Variables(ALLOCATOR, 7)) {
      variables.declare(tape);
      var values = new LinkedHashMap<String, double[]>();
      variables.areas().keySet().forEach(path -> values.put(path, variables.get(path)));
      return values;
    }
  }

  static double[] normal(int count, double deviation, long seed) {
    var random = new SplittableRandom(seed);
    double[] x = new double[count];
    for (int i = 0; i < count; i++) {
      x[i] = deviation * random.nextGaussian();
    }
    return x;
  }

  static double largest(double[] x) {
    double most = 0;
    for (double v : x) {
      most = Double.isNaN(v) ? v : Math.max(most, Math.abs(v));
    }
    return most;
  }
}
