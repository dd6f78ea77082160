package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.memory.Layout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor's elements within a buffer.
 *
 * @param offset of the first element, in elements
 * @param strides elements from one position to the next, one an axis
 * @param sole whether the buffer holds nothing else, so that its padding is free to be written
 * @param pass elements from where one pass of a repeat finds it to where the next does
 */
record View(int buffer, long offset, List<Long> strides, boolean sole, long pass) {
  View {
    strides = List.copyOf(strides);
  }

  View(int buffer, long offset, List<Long> strides, boolean sole) {
    this(buffer, offset, strides, sole, 0);
  }

  /** One position along an axis in each pass. */
  View passing(int axis) {
    return new View(buffer, offset, strides, false, strides.get(axis));
  }

  static View of(int buffer, Layout layout) {
    return new View(buffer, 0, layout.strides(), true);
  }

  /** Moved by {@code from} positions along an axis. */
  View slice(int axis, int from) {
    return new View(buffer, offset + from * strides.get(axis), strides, sole && strides.get(axis) != 1, pass);
  }

  /** The axis walked from its end. */
  View flip(int axis, int extent) {
    var copy = new ArrayList<>(strides);
    copy.set(axis, -strides.get(axis));
    return new View(buffer, offset + (extent - 1) * strides.get(axis), copy, false, pass);
  }

  View transpose(List<Integer> order) {
    return new View(buffer, offset, order.stream().map(strides::get).toList(), false, pass);
  }

  View broadcast(Shape from, Shape to) {
    var wide = new ArrayList<Long>();
    for (int a = 0; a < to.rank(); a++) {
      int d = a - to.rank() + from.rank();
      wide.add(d < 0 || from.get(d) != to.get(a) ? 0L : strides.get(d));
    }
    return new View(buffer, offset, wide, false, pass);
  }

  /** The same elements under another shape, or null where no strides say that. */
  @Nullable View reshape(Shape from, Shape to) {
    if (to.size() == 0) {
      return new View(buffer, offset, java.util.Collections.nCopies(to.rank(), 0L), sole, pass);
    }
    var old = new ArrayList<long[]>(); // extent, stride of old axes, innermost first, those without gaps made one
    for (int a = from.rank() - 1; a >= 0; a--) {
      int extent = from.get(a);
      if (extent != 1) {
        long[] inner = old.isEmpty() ? new long[2] : old.getLast();
        if (!old.isEmpty() && strides.get(a) == inner[0] * inner[1]) {
          inner[0] *= extent;
        } else {
          old.add(new long[] {extent, strides.get(a)});
        }
      }
    }
    var fresh = new ArrayList<Long>();
    int k = 0;
    long taken = 1; // how much of old axis k the new axes have used up
    for (int a = to.rank() - 1; a >= 0; a--) {
      int extent = to.get(a);
      if (extent == 1) {
        fresh.addFirst(0L);
        continue;
      }
      if (taken == old.get(k)[0]) {
        k++;
        taken = 1;
      }
      fresh.addFirst(old.get(k)[1] * taken);
      taken *= extent;
      if (old.get(k)[0] % taken != 0) {
        return null;
      }
    }
    return new View(buffer, offset, fresh, sole, pass);
  }
}
