package dev.runnel.autodiff.codegen;

import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Operand;
import java.util.Arrays;

/** Where a kernel finds extents, addresses and strides (in bytes) in its array of arguments. */
public final class Layout {
  /** Bytes of scratch memory for single vectors; what Replay needs follows. */
  public static final int SLOTS = 4096;

  public static final int BAD_INDEX = 0;
  public static final int EXTENTS = 1;

  public final int size;
  private final int[] bases;
  private final int[][] strides;
  private final int[] indexes;
  private final int scratch;

  public Layout(Loop loop) {
    int n = loop.operands().size();
    bases = new int[n];
    strides = new int[n][loop.axes()];
    indexes = new int[n];
    Arrays.fill(indexes, -1);
    boolean[] indexed = new boolean[n];
    for (Ins ins : loop.instructions()) {
      if (ins instanceof Ins.Load load && load.index() >= 0) {
        indexed[load.operand()] = true;
      } else if (ins instanceof Ins.Scatter scatter) {
        indexed[scatter.operand()] = true;
      }
    }
    int at = EXTENTS + loop.axes();
    for (int i = 0; i < n; i++) {
      Operand operand = loop.operands().get(i);
      bases[i] = at++;
      for (int axis = 0; axis < loop.axes(); axis++) {
        boolean strided = axis == loop.vectorAxis()
            ? operand.vector() == Operand.Along.STRIDED
            : operand.moves(axis);
        strides[i][axis] = strided ? at++ : -1;
      }
      if (indexed[i]) {
        indexes[i] = at;
        at += 2;
      }
    }
    size = at;
    Loop.Replay replay = loop.replay();
    scratch = SLOTS + (replay == null ? 0 : 64 * replay.every() * replay.next().size());
  }

  public int base(int operand) {
    return bases[operand];
  }

  /** Entry of a stride, or -1 where the operand has none along this axis or it is one element. */
  public int stride(int operand, int axis) {
    return strides[operand][axis];
  }

  /** Entry of an operand's index stride, followed by the number of indexes; -1 without. */
  public int index(int operand) {
    return indexes[operand];
  }

  public int scratch() {
    return scratch;
  }
}
