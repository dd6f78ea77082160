package dev.runnel.autodiff.memory;

import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Where slabs come from. */
public final class Memory {
  private Memory() {}

  /** A root allocator that takes what is asked for, where Arrow's own rounds up to a power of two. */
  public static BufferAllocator exact() {
    return new RootAllocator(AllocationListener.NOOP, Long.MAX_VALUE, bytes -> bytes);
  }
}
