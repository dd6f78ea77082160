package dev.runnel.experiments.bench;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Scope.Purpose;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.kernel.Lowering;
import dev.runnel.autodiff.memory.Memory;
import dev.runnel.autodiff.optimise.Adam;
import dev.runnel.models.Model;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;

/** One training step: forward, backward, clipping and Adam, on random sequences. */
public record TrainBench(Model model, int batch, int length, int channels) {
  private static final int CHECKED_ROWS = 2;
  private static final int CHECKED_STEPS = 48;

  /** Checks at a small batch and length (kernels take extents as arguments), then times the shape asked for. */
  public Map<String, Object> run(Engine engine) {
    try (BufferAllocator allocator = Memory.exact();
        var variables = new Variables(allocator, 1)) {
      long start = System.nanoTime();
      var tape = tape(batch, length);
      try (var program = engine.compile(tape, variables)) {
        double compiled = (System.nanoTime() - start) / 1e9;
        Verified.fill(tape, program);
        long first = System.nanoTime();
        program.run();
        double firstStep = (System.nanoTime() - first) / 1e9;
        var verified = verified(engine);
        var timing = Timing.of(program);
        var json = new LinkedHashMap<String, Object>();
        json.put("ms_per_step", timing.median());
        json.put("least_ms", timing.least());
        json.put("runs", timing.runs());
        json.put("statistic", Timing.STATISTIC);
        json.put("compile_s", compiled);
        json.put("first_step_s", firstStep);
        json.put("planned_bytes", program.plannedBytes() + variables.bytes());
        json.put("peak_bytes", allocator.getPeakMemoryAllocation());
        json.put(
            "parameters",
            tape.parameters().values().stream().mapToLong(p -> p.shape().size()).sum());
        json.put("verified", verified.holds() && Double.isFinite(program.get("loss")[0]));
        json.put("error", verified.worst());
        return json;
      }
    }
  }

  /** What a step would run, and how long it would take on a device at least. */
  public List<Roofline.Kernel> kernels(Roofline device, int passes) {
    return device.kernels(Lowering.lower(tape(batch, length)), passes);
  }

  private Verified verified(Engine engine) {
    try (BufferAllocator allocator = Memory.exact()) {
      return Verified.against(
          () -> tape(Math.min(batch, CHECKED_ROWS), Math.min(length, CHECKED_STEPS)), engine, allocator, 1);
    }
  }

  private Tape tape(int rows, int steps) {
    var tape = new Tape(DType.F32);
    var x = tape.input("x", Shape.of(rows, steps, channels));
    var labels = tape.input("labels", DType.I32, Shape.of(rows));
    var loss = model.logits(tape.scope().with(Purpose.TRAINING), x, null).crossEntropy(labels).mean();
    tape.output("loss", loss);
    tape.output("norm", Adam.of(1e-3).withClip(1).minimise(loss));
    return tape;
  }
}
