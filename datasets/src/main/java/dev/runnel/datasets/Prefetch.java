package dev.runnel.datasets;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Batches read ahead: while one is worked on, a thread of its own reads the next, with all that views do to it. Bytes
 * are those of {@link Sequences#copyBatch}, whether or not a batch was read ahead. For one thread at a time.
 */
public final class Prefetch implements AutoCloseable {
  private final Sequences data;
  private final int steps;
  private final ExecutorService reader = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
  private @Nullable Ahead ahead;

  /** What is on its way, where to, and how it lies there. */
  private record Ahead(int[] rows, MemorySegment memory, Sequences.Strides strides, Future<?> read) {}

  /** Batches of so many steps. */
  public Prefetch(Sequences data, int steps) {
    this.data = data;
    this.steps = steps;
  }

  /**
   * Begins to read the batch that comes next; nothing else may read the data until {@link #copy} has been called.
   *
   * @param staging memory that holds it until then
   */
  public void begin(int[] rows, MemorySegment staging, Sequences.Strides strides) {
    settle();
    var read = reader.submit(() -> data.copyBatch(rows, steps, staging, strides));
    ahead = new Ahead(rows, staging, strides, read);
  }

  /** Copies a batch: what was read ahead if it is that, else by reading it now. */
  public void copy(int[] rows, MemorySegment to, Sequences.Strides strides) {
    var ready = settle();
    if (ready != null && Arrays.equals(rows, ready.rows()) && strides.equals(ready.strides())
        && to.byteSize() == ready.memory().byteSize()) {
      to.copyFrom(ready.memory());
    } else {
      data.copyBatch(rows, steps, to, strides);
    }
  }

  /** Waits for what is on its way. */
  private @Nullable Ahead settle() {
    var last = ahead;
    ahead = null;
    try {
      if (last != null) {
        last.read().get();
      }
      return last;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("prefetch: interrupted", e);
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
