package dev.runnel.datasets;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Every dataset that has a name: the bound sources first, then the files of an archive.
 *
 * @param sources sources by name
 * @param archive where files are looked for
 */
public record Catalogue(Map<String, DatasetSource> sources, Archive archive) {
  /** Copies the map. */
  public Catalogue {
    sources = Map.copyOf(sources);
  }

  /** Loads a dataset; an unknown name is an error that tells the places looked in and the nearest names. */
  public Dataset load(String name, BufferAllocator allocator, Storage storage) {
    DatasetSource source = sources.get(name);
    if (source != null) {
      return source.load(allocator, storage);
    }
    return archive.load(archive.find(name, sources.keySet()), allocator, storage);
  }

  /** All names, sorted. */
  public List<String> names() {
    TreeSet<String> names = new TreeSet<>(sources.keySet());
    names.addAll(archive.names());
    return List.copyOf(names);
  }
}
