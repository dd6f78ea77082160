package dev.runnel.datasets;

import org.apache.arrow.memory.BufferAllocator;

/** A dataset that can be had by name. To add one, write a class and bind it. */
public interface DatasetSource {
  /** The name that configs and the command line use. */
  String name();

  /** One line for a list of datasets. */
  String summary();

  /**
   * Loads or makes the data; the same every time.
   *
   * @param allocator gives the memory; the dataset returns it when closed
   */
  Dataset load(BufferAllocator allocator, Storage storage);
}
