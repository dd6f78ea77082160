package dev.runnel.autodiff.simd;

import dev.runnel.autodiff.codegen.Layout;
import org.jspecify.annotations.Nullable;

/** One chunk of a group: its Loops over a tile of positions, then over the next. */
record GroupTask(
    Bound[] calls,
    int from,
    int to,
    int tile,
    int vectorFrom,
    int vectorTo,
    boolean many,
    @Nullable Flags rows,
    long[] scratch) implements Workers.Task {

  /**
   * A kernel with its arguments.
   *
   * @param flat whether axis 0 is the vector axis
   * @param vector extent of the vector axis
   */
  record Bound(Kernel kernel, long[] arguments, boolean flat, int vector, Binding.Fill[] fills) {}

  /** Address of I32 flags, each for {@code each} positions. */
  record Flags(long address, int each) {
    boolean going(int position) {
      return Raw.getInt(address + 4L * (position / each)) != 0;
    }
  }

  @Override
  public void run(int worker) {
    long memory = scratch[worker];
    for (Bound call : calls) {
      for (Binding.Fill fill : call.fills) {
        fill.run(from, to, first(call, from), last(call, to));
      }
    }
    int end;
    for (int at = from; at < to; at = end) {
      end = Math.min(to, at + tile);
      if (rows != null) {
        boolean going = rows.going(at);
        for (int next = at + 1; next < end; next++) {
          end = rows.going(next) == going ? end : next;
        }
        if (!going) {
          continue;
        }
      }
      for (Bound call : calls) {
        call.kernel.run(call.arguments, at, end, first(call, at), last(call, end), memory);
        if (call.arguments[Layout.BAD_INDEX] != 0) {
          call.arguments[Layout.BAD_INDEX] = 0;
          throw new IllegalArgumentException(
              "gather: expected every index in range, came one outside; check the indexes that are fed");
        }
      }
    }
  }

  private int first(Bound call, int position) {
    return call.flat && many ? Math.max(vectorFrom, position) : vectorFrom;
  }

  private int last(Bound call, int position) {
    int end = Math.min(vectorTo, call.vector);
    return call.flat && many ? Math.min(end, position) : end;
  }
}
