package dev.runnel.experiments.bench;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import dev.runnel.autodiff.memory.Memory;

/** {@code (m, k) (k, n)} in 32 bits. */
public record GemmBench(int m, int n, int k) {

  /** Checks a part of the rows against the oracle, then times. */
  public Map<String, Object> run(Engine engine) {
    Verified verified;
    try (BufferAllocator allocator = Memory.exact()) {
      verified = Verified.against(() -> tape(Math.min(m, 16)), engine, allocator, 1);
    }
    try (BufferAllocator allocator = Memory.exact();
        var variables = new Variables(allocator, 1)) {
      var tape = tape(m);
      try (var program = engine.compile(tape, variables)) {
        Verified.fill(tape, program);
        var timing = Timing.of(program);
        var json = new LinkedHashMap<String, Object>();
        json.put("gflops", 2.0 * m * n * k / timing.median() / 1e6);
        json.put("ms", timing.median());
        json.put("runs", timing.runs());
        json.put("statistic", Timing.STATISTIC);
        json.put("verified", verified.holds());
        return json;
      }
    }
  }

  private Tape tape(int rows) {
    var tape = new Tape(DType.F32);
    tape.output("c", tape.input("a", Shape.of(rows, k)).matmul(tape.input("b", Shape.of(k, n))));
    return tape;
  }
}
