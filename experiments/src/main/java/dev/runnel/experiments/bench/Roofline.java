package dev.runnel.experiments.bench;

import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Plan;
import java.util.ArrayList;
import java.util.List;

/**
 * How long a plan's kernels take at least on a device, one launch after another: {@code launch + max(bytes / bandwidth,
 * operations / peak, steps * operations of a step * latency)}. Bytes are each operand read or written once; the last
 * term is a walk, whose steps wait for each other (Williams, Waterman and Patterson 2009, with a term for latency).
 *
 * @param bandwidth bytes a second
 * @param peak operations a second
 * @param launch seconds for each kernel
 * @param latency seconds that an operation waits for the one before
 */
public record Roofline(String name, double bandwidth, double peak, double launch, double latency) {
  /**
   * NVIDIA's published 3.35 TB/s and 67 TFLOP/s in FP32 for the H100 SXM; 5 microseconds a launch, and 4 cycles at
   * 1.755 GHz between dependent operations, are assumed.
   */
  public static final Roofline H100 = new Roofline("H100 SXM", 3.35e12, 67e12, 5e-6, 4 / 1.755e9);

  /**
   * What is known of one launch.
   *
   * @param bytes moved at least once
   * @param operations computed
   * @param times that it is launched
   */
  public record Kernel(String what, double bytes, double operations, double seconds, long times) {}

  /**
   * The launches of a plan.
   *
   * @param passes of a repeat that may end early, at most its own
   */
  public List<Kernel> kernels(Plan plan, int passes) {
    var kernels = new ArrayList<Kernel>();
    add(plan.steps(), passes, 1, kernels);
    return kernels;
  }

  private void add(List<Plan.Step> steps, int passes, long times, List<Kernel> to) {
    for (var step : steps) {
      for (var item : step.items()) {
        switch (item) {
          case Plan.Repeat r -> add(r.body(), passes, times * (r.flags() > 0 ? Math.min(passes, r.max()) : r.max()), to);
          case Plan.Gemm g -> {
            double each = g.batch() * g.type().bytes();
            double bytes = each * ((double) g.m() * g.k() + (double) g.k() * g.n() + (double) g.m() * g.n());
            double operations = 2.0 * g.batch() * g.m() * g.n() * g.k();
            to.add(kernel("gemm %d x %d x %d".formatted(g.m(), g.n(), g.k()), bytes, operations, 0, times));
          }
          case Plan.Group group -> group.calls().forEach(call -> to.add(kernel(call, times)));
        }
      }
    }
  }

  private Kernel kernel(Plan.Call call, long times) {
    var loop = call.loop();
    double bytes = 0;
    for (int op = 0; op < loop.operands().size(); op++) {
      double elements = 1;
      for (int axis = 0; axis < loop.axes(); axis++) {
        elements *= call.args().get(op).strides().get(axis) != 0 ? call.extents().get(axis) : 1;
      }
      bytes += elements * loop.operands().get(op).type().bytes();
    }
    double positions = 1;
    for (int extent : call.extents()) {
      positions *= extent;
    }
    long computed = loop.body().stream().filter(Ins.Compute.class::isInstance).count();
    long again = loop.replay() == null
        ? 0
        : loop.replay().body().stream().filter(Ins.Compute.class::isInstance).count();
    double waits = loop.walk() < 0 ? 0 : (double) call.extents().get(loop.walk()) * (computed + again);
    var what = "%s %s".formatted(loop.walk() < 0 ? "loop" : loop.backward() ? "walk back" : "walk", call.extents());
    return kernel(what, bytes, positions * (computed + again), waits, times);
  }

  private Kernel kernel(String what, double bytes, double operations, double waits, long times) {
    double least = Math.max(Math.max(bytes / bandwidth, operations / peak), waits * latency);
    return new Kernel(what, bytes, operations, times * (launch + least), times);
  }
}
