package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The structure of one fused loop nest: everything that goes into a kernel's code and nothing that
 * changes with shapes, so that equal Loops share one kernel.
 *
 * <p>Axes are numbered from the outermost; the last is the vector axis. Without a {@code walk} the nest
 * is {@code for axis 0 .. for axis n-2: for vectors of axis n-1: body}. With a walk it is {@code for
 * the other axes in order: for vectors of the last axis: pre; for the walk axis, forward or backward:
 * body; post}, and {@code carries} values live in registers along the walk. An instruction of the body
 * that does not depend on inner axes may be computed further out.
 *
 * <p>Loads and stores move whole vectors: every row along the vector axis may be read up to the next
 * vector boundary, and written there unless the operand is {@link Operand#exact}. Lanes past the extent
 * hold anything, and a fold over the vector axis leaves them out.
 *
 * @param type type of FLOAT values: F32, F64, or I32 where there are none
 * @param walk the walked axis, below the last, or -1
 * @param backward whether the walk goes from its end to its start
 * @param pre computed before the walk; empty without one
 * @param body computed at every position
 * @param post computed after the walk; empty without one
 * @param init numbers of the carries' first values, in {@code pre}
 * @param next numbers of the carries' following values, in {@code body} or {@code pre}
 */
public record Loop(
    DType type,
    int axes,
    int walk,
    boolean backward,
    List<Operand> operands,
    List<Ins> pre,
    List<Ins> body,
    List<Ins> post,
    List<Integer> init,
    List<Integer> next,
    @Nullable Replay replay) {

  /**
   * States that are not kept: a backward Loop steps again through a stretch of {@code every} steps,
   * from values that were stored at the stretch's start, and reads what it passed by {@link
   * Ins.Replayed}.
   *
   * @param checkpoints operand of each carried value's stored starts; its stride along the walk is per
   *     stretch, not per step
   * @param body instructions of one step, numbered on their own from the end of the Loop's three lists;
   *     they may name {@code pre} values, and {@link Ins.Carry} is the replay's carry
   * @param next number of each carried value's following value
   */
  public record Replay(int every, List<Integer> checkpoints, List<Ins> body, List<Integer> next) {}

  public Loop {
    operands = List.copyOf(operands);
    pre = List.copyOf(pre);
    body = List.copyOf(body);
    post = List.copyOf(post);
    init = List.copyOf(init);
    next = List.copyOf(next);
  }

  public int vectorAxis() {
    return axes - 1;
  }

  public int carries() {
    return init.size();
  }

  /** All instructions in their numbering. */
  public List<Ins> instructions() {
    var all = new ArrayList<Ins>(pre.size() + body.size() + post.size());
    all.addAll(pre);
    all.addAll(body);
    all.addAll(post);
    if (replay != null) {
      all.addAll(replay.body());
    }
    return all;
  }
}
