package dev.runnel.autodiff.memory;

import java.lang.foreign.MemorySegment;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/** One block of Arrow memory, zeroed, whose usable part starts on a 64-byte line. */
public final class Slab implements AutoCloseable {
  private final ArrowBuf buffer;
  private final long address;
  private final long bytes;

  /**
   * Allocates.
   *
   * @throws IllegalArgumentException in one line when memory does not suffice
   */
  public Slab(BufferAllocator allocator, long bytes) {
    try {
      buffer = allocator.buffer(bytes + 4L * Layout.BYTES);
    } catch (OutOfMemoryError | org.apache.arrow.memory.OutOfMemoryException e) {
      throw new IllegalArgumentException(
          "memory: %,d bytes expected to be free, they are not; take a smaller batch".formatted(bytes), e);
    }
    this.bytes = bytes;
    long aligned = (buffer.memoryAddress() + Layout.BYTES - 1) / Layout.BYTES * Layout.BYTES;
    address = aligned + Layout.BYTES;
    MemorySegment.ofAddress(buffer.memoryAddress()).reinterpret(bytes + 4L * Layout.BYTES).fill((byte) 0);
  }

  /** Address of the usable part; 64 bytes before it belong to the slab too. */
  public long address() {
    return address;
  }

  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    buffer.close();
  }
}
