package dev.runnel.autodiff;

import dev.runnel.autodiff.kernel.Backend;
import dev.runnel.autodiff.memory.Area;
import dev.runnel.autodiff.memory.Layout;
import dev.runnel.autodiff.memory.Slab;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What is kept between runs, by path: parameters, optimiser moments, counts. Programs of one tape or of
 * several share it. Variables that one tape declares first lie in one block, by type and then in path order.
 */
public final class Variables implements AutoCloseable {
  private final BufferAllocator allocator;
  private final long seed;
  private final TreeMap<String, Area> areas = new TreeMap<>();
  private final Map<String, Tape.Declaration> declarations = new HashMap<>();
  private final List<Slab> slabs = new ArrayList<>();
  private Backend.@Nullable Executable holder;
  private long version;

  /** None yet. First values are a function of seed and path alone. */
  public Variables(BufferAllocator allocator, long seed) {
    this.allocator = allocator;
    this.seed = seed;
  }

  /** The allocator that programs over these variables use too. */
  public BufferAllocator allocator() {
    return allocator;
  }

  /** Makes what the tape declares and is not here yet; checks what is. */
  public void declare(Tape tape) {
    var fresh = new ArrayList<Tape.Declaration>();
    long bytes = 0;
    for (var d : tape.declarations()) {
      var before = declarations.get(d.path());
      if (before == null) {
        fresh.add(d);
        bytes += Layout.footprint(d.type(), Layout.padded(d.type(), d.shape()).elements());
      } else if (before.type() != d.type() || !before.shape().equals(d.shape())) {
        throw new IllegalArgumentException(
            "%s: %s %s is stored, %s %s came".formatted(d.path(), before.type(), before.shape(), d.type(), d.shape()));
      }
    }
    if (fresh.isEmpty()) {
      return;
    }
    fresh.sort(Comparator.comparing(Tape.Declaration::type)); // devices want each type together
    var slab = new Slab(allocator, bytes);
    slabs.add(slab);
    long address = slab.address();
    for (var d : fresh) {
      var layout = Layout.padded(d.type(), d.shape());
      var area = Area.at(address, d.type(), layout);
      double[] values = new double[Math.toIntExact(d.shape().size())];
      d.init().fill(values, d.shape(), new SplittableRandom(mix(d.init().drawsOf(d.path()))));
      area.write(values);
      areas.put(d.path(), area);
      declarations.put(d.path(), d);
      address += Layout.footprint(d.type(), layout.elements());
    }
  }

  private long mix(String path) {
    long h = seed * 0x9E3779B97F4A7C15L + 0x632BE59BD9B4E019L;
    for (int i = 0; i < path.length(); i++) {
      h = (h ^ path.charAt(i)) * 0x100000001B3L;
      h ^= h >>> 29;
    }
    return h;
  }

  /**
   * Has a program's variables here before another runs, or the host looks.
   *
   * @param program the one that runs now
   * @return a number that changes with each run or look that may have written
   */
  public long settle(Backend.@Nullable Executable program) {
    if (holder != null && !holder.equals(program)) {
      holder.fetch();
      holder = null;
    }
    return version;
  }

  /** Tells that a program may hold newer values than are here. */
  public long heldBy(Backend.Executable program) {
    holder = program;
    return ++version;
  }

  /** Paths and storage, in path order, as the last run left them: what a device holds is brought here. */
  public Map<String, Area> areas() {
    settle(null);
    version++;
    return Collections.unmodifiableMap(areas);
  }

  public boolean trained(String path) {
    area(path);
    var declaration = declarations.get(path);
    return declaration != null && declaration.trained();
  }

  /** Current values, row-major. */
  public double[] get(String path) {
    return area(path).read();
  }

  public void set(String path, double... values) {
    try {
      area(path).write(values);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
    }
  }

  /** The storage of one variable, as the last run left it. */
  public Area area(String path) {
    settle(null);
    version++;
    var area = areas.get(path);
    if (area == null) {
      throw new IllegalArgumentException("%s: one of %s expected".formatted(path, areas.keySet()));
    }
    return area;
  }

  /** Bytes of all variables. */
  public long bytes() {
    return slabs.stream().mapToLong(Slab::bytes).sum();
  }

  @Override
  public void close() {
    slabs.forEach(Slab::close);
    slabs.clear();
    areas.clear();
    declarations.clear();
  }
}
