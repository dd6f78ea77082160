package dev.runnel.autodiff.simd;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import dev.runnel.autodiff.kernel.Operand.Along;
import dev.runnel.autodiff.kernel.Plan;

/** What a plan must keep to be run here. Kernels check nothing themselves. */
final class Checks {
  private Checks() {}

  static void call(Plan.Group group, Plan.Call call) {
    Loop loop = call.loop();
    require(loop.axes() == call.extents().size(), "extents", loop.axes(), call.extents().size());
    require(loop.operands().size() == call.args().size(), "arguments", loop.operands().size(), call.args().size());
    require(group.chunk() > 0 && group.tile() > 0, "chunk and tile", "more than 0", group.chunk() + ", " + group.tile());
    boolean flat = loop.axes() == 1;
    if (!flat) {
      require(call.extents().getFirst() == group.outer(), "extent of axis 0", group.outer(), call.extents().getFirst());
    }
    if (loop.walk() == 0) {
      require(group.chunk() >= group.outer() && group.tile() >= group.outer(), "chunk and tile of a walk along axis 0",
          group.outer(), Math.min(group.chunk(), group.tile()));
    }
    for (Operand operand : loop.operands()) {
      require(operand.type() == loop.type() || operand.type() == DType.I32, "operand type", loop.type(), operand.type());
    }
    boolean cut = group.vectorChunk() < call.extents().get(loop.vectorAxis())
        || (flat && group.outer() > 1 && Math.min(group.chunk(), group.tile()) < group.outer());
    for (Ins ins : loop.instructions()) {
      if (ins instanceof Ins.Reduce r && loop.operands().get(r.operand()).vector() == Along.SAME) {
        require(!cut || call.args().get(r.operand()).chunkStride() != 0, "vector chunk under a fold over that axis",
            call.extents().get(loop.vectorAxis()), group.vectorChunk());
      }
    }
  }

  static void gemm(Plan.Gemm g) {
    require(g.type().isFloat(), "product's type", "F32 or F64", g.type());
    require(g.splits() > 0, "product's splits", "more than 0", g.splits());
  }

  private static void require(boolean holds, String what, Object expected, Object came) {
    if (!holds) {
      throw new IllegalArgumentException(
          "plan: expected " + what + " " + expected + ", came " + came + "; lower the tape again");
    }
  }
}
