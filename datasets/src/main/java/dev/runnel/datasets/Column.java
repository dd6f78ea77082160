package dev.runnel.datasets;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/** A growing array of fixed-width values in one Arrow buffer. Indices count values, not bytes. */
final class Column implements AutoCloseable {
  private static final long DOUBLING_UP_TO = 64L << 20;

  private final BufferAllocator allocator;
  private final int width;
  private ArrowBuf buffer;
  private MemorySegment memory;
  private long capacity;
  private long count;

  Column(BufferAllocator allocator, int width) {
    this.allocator = allocator;
    this.width = width;
    this.buffer = allocator.buffer(1024);
    this.memory = view(buffer);
    this.capacity = memory.byteSize() / width;
  }

  private static MemorySegment view(ArrowBuf buffer) {
    return MemorySegment.ofAddress(buffer.memoryAddress()).reinterpret(buffer.capacity());
  }

  long count() {
    return count;
  }

  MemorySegment memory() {
    return memory;
  }

  void clear() {
    count = 0;
  }

  void addDouble(double value) {
    if (count == capacity) {
      reserve(1);
    }
    memory.setAtIndex(ValueLayout.JAVA_DOUBLE, count++, value);
  }

  void addFloat(float value) {
    if (count == capacity) {
      reserve(1);
    }
    memory.setAtIndex(ValueLayout.JAVA_FLOAT, count++, value);
  }

  void addInt(int value) {
    if (count == capacity) {
      reserve(1);
    }
    memory.setAtIndex(ValueLayout.JAVA_INT, count++, value);
  }

  void addLong(long value) {
    if (count == capacity) {
      reserve(1);
    }
    memory.setAtIndex(ValueLayout.JAVA_LONG, count++, value);
  }

  double getDouble(long index) {
    return memory.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
  }

  /** Makes room for {@code more} values behind the last one. */
  void reserve(long more) {
    long needed = Math.addExact(count, more);
    if (needed <= capacity) {
      return;
    }
    long bytes = capacity * width;
    long grown = bytes < DOUBLING_UP_TO ? 2 * bytes : bytes + bytes / 2;
    move(Math.max(grown, Math.multiplyExact(needed, width)));
  }

  /** Counts values that were written behind the last one by way of {@link #memory()}. */
  void advance(long more) {
    count += more;
  }

  /** Gives back memory that is not used, if that is worth a copy. */
  void trim() {
    long used = Math.max(1, count) * width;
    long rounded = allocator.getRoundingPolicy().getRoundedSize(used);
    if (rounded + rounded / 8 + 4096 < capacity * width) {
      move(used);
    }
  }

  private void move(long bytes) {
    ArrowBuf next = allocator.buffer(bytes);
    MemorySegment nextMemory = view(next);
    MemorySegment.copy(memory, 0, nextMemory, 0, count * width);
    buffer.close();
    buffer = next;
    memory = nextMemory;
    capacity = nextMemory.byteSize() / width;
  }

  @Override
  public void close() {
    buffer.close();
  }
}
