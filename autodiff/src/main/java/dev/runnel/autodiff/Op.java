package dev.runnel.autodiff;

import dev.runnel.autodiff.kernel.Ins.Fold;
import java.util.List;

/** What a node of a tape does with its operands; see the methods of {@link Tensor} for the meaning. */
public sealed interface Op {

  /** A tensor that the caller fills before each run. */
  record Input(String name) implements Op {}

  /** Stored between runs, found by its path. */
  record Variable(String path) implements Op {}

  /** One number, of any shape. */
  record Constant(double value) implements Op {}

  /** Each element's position along an axis, I32. */
  record Iota(int axis) implements Op {}

  record Point(Pointwise row) implements Op {}

  /** To a larger shape, aligned at the last axis. */
  record Broadcast() implements Op {}

  record Reshape() implements Op {}

  /** Axis {@code i} of the result is axis {@code order[i]} of the operand. */
  record Transpose(List<Integer> order) implements Op {}

  /** Positions {@code from} to before the result's extent later, along one axis. */
  record Slice(int axis, int from) implements Op {}

  /** The axis walked from its end. */
  record Flip(int axis) implements Op {}

  record Concat(int axis) implements Op {}

  /** Folded axes stay, with extent 1. */
  record Reduce(Fold fold, List<Integer> axes) implements Op {}

  /** The product over the last two axes; the right operand has two axes or the left's leading ones. */
  record MatMul(boolean transposeA, boolean transposeB) implements Op {}

  /** Rows of the first operand, chosen by the I32 second. */
  record Gather() implements Op {}

  /** The first operand's rows added, in order, to the rows of a zero tensor that the second chooses. */
  record ScatterAdd() implements Op {}

  /** Its operand, with no gradient. */
  record Stop() implements Op {}

  /** A structured operation; its node stands for all of its results. */
  record Call(Primitive primitive) implements Op {}

  /**
   * Passes of another tape; its node stands for all of its results. See {@link Tape#repeat}.
   *
   * <p>Operands: what the {@code carried} values begin with, {@code sliced} tensors of which a pass reads one
   * position of {@code axis}, and tensors that it reads whole: inputs {@code c0.., s0.., w0..} of the body. The
   * body's outputs {@code c0..} are carried on, {@code y0..} are kept along {@code axis}.
   *
   * @param rows whether the first carried value says which rows are still going
   */
  record Repeat(Tape body, int max, int axis, int carried, int sliced, boolean rows) implements Op {}

  /** Result {@code k} of a call, or of a repeat: what is carried at the end, then what was kept. */
  record Result(int k) implements Op {}
}
