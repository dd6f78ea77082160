package dev.runnel.datasets.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.RootAllocator;

/**
 * Memory for one reading by Arrow's readers. All of it is given back at the end, also what they forget: on damaged
 * files they leave buffers behind.
 */
final class Scratch implements AutoCloseable {
  private final Set<Held> held = ConcurrentHashMap.newKeySet();
  private final RootAllocator allocator;

  /** At most so many bytes. */
  Scratch(long limit) {
    allocator =
        new RootAllocator(
            RootAllocator.configBuilder().maxAllocation(limit).allocationManagerFactory(new Factory()).build());
  }

  BufferAllocator allocator() {
    return allocator;
  }

  /** Bytes that were not given back yet. */
  long bytes() {
    return held.stream().mapToLong(Held::getSize).sum();
  }

  @Override
  public void close() {
    boolean forgotten = !held.isEmpty();
    try {
      allocator.close();
    } catch (IllegalStateException e) {
      if (!forgotten) {
        throw e;
      }
    } finally {
      held.forEach(Held::release0);
    }
  }

  private final class Factory implements AllocationManager.Factory {
    @Override
    public AllocationManager create(BufferAllocator accounting, long size) {
      return new Held(accounting, size);
    }

    @Override
    public ArrowBuf empty() {
      return new ArrowBuf(ReferenceManager.NO_OP, null, 0, 0);
    }
  }

  /** One allocation. */
  private final class Held extends AllocationManager {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    Held(BufferAllocator accounting, long size) {
      super(accounting);
      memory = arena.allocate(size, Long.BYTES);
      held.add(this);
    }

    @Override
    public long getSize() {
      return memory.byteSize();
    }

    @Override
    protected long memoryAddress() {
      return memory.address();
    }

    @Override
    protected void release0() {
      if (held.remove(this)) {
        arena.close();
      }
    }
  }
}
