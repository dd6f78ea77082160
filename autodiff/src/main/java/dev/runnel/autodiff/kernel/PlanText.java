package dev.runnel.autodiff.kernel;

import java.util.List;
import java.util.stream.Collectors;

/** Plans in words. */
public final class PlanText {
  private PlanText() {}

  /** Steps and items, one a line, and the memory. */
  public static String of(Plan plan) {
    return steps(plan.steps(), "") + "slab %,d bytes, %d buffers".formatted(plan.slabBytes(), plan.buffers().size());
  }

  private static String steps(List<Plan.Step> steps, String indent) {
    var text = new StringBuilder();
    for (int s = 0; s < steps.size(); s++) {
      for (var item : steps.get(s).items()) {
        text.append("%sstep %3d  %s%n".formatted(indent, s, line(item)));
      }
    }
    return text.toString();
  }

  private static String line(Plan.Item item) {
    return switch (item) {
      case Plan.Gemm g ->
          "gemm %s %d x %d x %d%s%s"
              .formatted(
                  g.type(), g.m(), g.n(), g.k(), g.batch() > 1 ? ", batch " + g.batch() : "",
                  g.splits() > 1 ? ", in " + g.splits() + " parts" : "");
      case Plan.Repeat r -> "repeat at most %d times:%n%s".formatted(r.max(), steps(r.body(), "  ").stripTrailing());
      case Plan.Group g -> g.calls().stream().map(PlanText::call).collect(Collectors.joining(" | "));
    };
  }

  /** A Loop's operands and instructions, one a line. */
  public static String of(Loop loop) {
    var text = new StringBuilder("%s, %d axes, walk %d%s%n".formatted(loop.type(), loop.axes(), loop.walk(),
        loop.backward() ? " backward" : ""));
    for (int i = 0; i < loop.operands().size(); i++) {
      text.append("operand %d: %s%n".formatted(i, loop.operands().get(i)));
    }
    for (int i = 0; i < loop.instructions().size(); i++) {
      text.append("%4d %s%n".formatted(i, loop.instructions().get(i)));
    }
    return text.toString();
  }

  private static String call(Plan.Call call) {
    var loop = call.loop();
    long computed = loop.instructions().stream().filter(Ins.Compute.class::isInstance).count();
    return "%s %s%s, %d operands, %d operations"
        .formatted(
            loop.walk() < 0 ? "loop" : loop.backward() ? "walk back" : "walk",
            call.extents(),
            loop.replay() != null ? " replayed" : "",
            loop.operands().size(),
            computed);
  }
}
