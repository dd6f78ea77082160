package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program as a backend gets it: steps in order, each a list of items that may run at once, over
 * buffers whose addresses are known before the first run.
 *
 * <p>All offsets and strides are in elements.
 *
 * @param slabBytes size of the one block that holds every TEMP, INPUT and OUTPUT buffer
 */
public record Plan(List<Step> steps, List<Buffer> buffers, long slabBytes) {

  public Plan {
    steps = List.copyOf(steps);
    buffers = List.copyOf(buffers);
  }

  /** Items without order among them; a barrier follows. */
  public record Step(List<Item> items) {
    public Step {
      items = List.copyOf(items);
    }
  }

  /** Where a buffer comes from. */
  public enum Role {
    TEMP,
    INPUT,
    OUTPUT,
    VARIABLE
  }

  /**
   * Storage of one tensor, 64-byte aligned with 64 spare bytes in front and behind.
   *
   * @param name of an input, output or variable; else empty
   * @param offset bytes from the slab's start; -1 for variables
   */
  public record Buffer(DType type, long elements, Role role, String name, long offset) {
    public long bytes() {
      return elements * type.bytes();
    }
  }

  /** What a backend runs. */
  public sealed interface Item {}

  /**
   * Loops over a common axis 0 of {@code outer} positions, cut into chunks of {@code chunk} (one task
   * each); within a chunk all calls run over a tile of {@code tile} positions before the next tile. A
   * group of one call may be cut along its vector axis as well, {@code vectorChunk} elements a task
   * (a multiple of 16, or the whole extent).
   *
   * @param rows positions that are left out; null for none
   */
  public record Group(List<Call> calls, int outer, int chunk, int tile, int vectorChunk, @Nullable Rows rows)
      implements Item {
    public Group {
      calls = List.copyOf(calls);
    }

    public Group(List<Call> calls, int outer, int chunk, int tile, int vectorChunk) {
      this(calls, outer, chunk, tile, vectorChunk, null);
    }
  }

  /** Adjoining I32 flags, each for {@code each} positions of axis 0, which are left out where it is 0. */
  public record Rows(int buffer, int each) {}

  /** One Loop with its arguments; {@code extents} has one entry an axis. */
  public record Call(Loop loop, List<Integer> extents, List<Arg> args) {
    public Call {
      extents = List.copyOf(extents);
      args = List.copyOf(args);
    }
  }

  /**
   * One operand's place.
   *
   * @param strides one entry an axis of the Loop (for a Gemm: batch, row, column)
   * @param indexStride what one step of a gathered or scattered index moves; {@code indexes} is how many there are
   * @param chunkStride what each chunk of the group (or split of the Gemm) moves on, for partial results; 0 usually
   * @param passStride what each pass of the enclosing Repeat moves on; 0 usually
   */
  public record Arg(
      int buffer, long offset, List<Long> strides, long indexStride, long indexes, long chunkStride, long passStride) {
    public Arg {
      strides = List.copyOf(strides);
    }
  }

  /**
   * {@code C = op(A) op(B)} for each of {@code batch} matrices, op a transposition or nothing; C is (m, n),
   * the inner extent k. Column strides are 1. With {@code splits > 1} k is cut into that many equal parts
   * (the last may be shorter, each a multiple of 8 long), and part i's product goes to C moved on by i
   * chunk strides.
   */
  public record Gemm(
      DType type, boolean transposeA, boolean transposeB, int batch, int m, int n, int k, int splits, Arg a, Arg b, Arg c)
      implements Item {}

  /**
   * Runs {@code body} at most {@code max} times, and before each pass only while one of the {@code flags} first
   * I32 elements of buffer {@code going} is not 0 (always, where {@code flags} is 0). What a pass leaves in memory
   * is what the next one finds.
   */
  public record Repeat(int max, int going, int flags, List<Step> body) implements Item {
    public Repeat {
      body = List.copyOf(body);
    }
  }
}
