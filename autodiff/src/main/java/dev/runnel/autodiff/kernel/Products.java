package dev.runnel.autodiff.kernel;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.kernel.Plan.Role;
import dev.runnel.autodiff.memory.Layout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Matrix products, and matrices in memory as they take them. */
record Products(Draft draft, Storage storage) {

  Value product(Node node, boolean ta, boolean tb) {
    var type = node.type();
    var shape = node.shape();
    var a = matrix(node.operands().get(0));
    var b = matrix(node.operands().get(1));
    int batch = flat(shape).get(0);
    int m = shape.get(-2);
    int n = shape.get(-1);
    int k = draft.shape(node.operands().get(0)).get(ta ? -2 : -1);
    int splits = batch == 1 ? splits(m, n, k) : 1;
    var view = room(type, shape);
    var c = view;
    long apart = 0;
    if (splits > 1) {
      apart = Layout.padded(type, shape).elements();
      c = new View(draft.buffers.add(type, apart * splits, Role.TEMP, ""), 0, view.strides(), true);
    }
    boolean flipA = a.flipped() != ta;
    boolean flipB = b.flipped() != tb;
    var arg = arg(c, shape, false, apart);
    draft.parts.add(new Part.Product(new Plan.Gemm(type, flipA, flipB, batch, m, n, k, splits, a.arg(), b.arg(), arg)));
    if (splits > 1) {
      var nest = new Part.Nest(shape, false, false);
      draft.parts.add(new Part.Combine(nest, c.buffer(), view, shape, Ins.Fold.SUM, splits));
    }
    return Value.stored(draft.parts.size() - 1, view);
  }

  /** Parts of a long inner extent with a small result, so that several workers have work. */
  private static int splits(int m, int n, int k) {
    return (long) m * n <= 256 * 256 ? Math.clamp(k / 448, 1, 16) : 1;
  }

  /** Matrices at equal distances, rows without gaps; {@code flipped} if that holds of their transposes. */
  private record Matrix(Plan.Arg arg, boolean flipped) {}

  private Matrix matrix(int id) {
    var shape = draft.shape(id);
    var ready = ready(storage.resolve(id), shape);
    if (ready != null) {
      return ready;
    }
    var copy = room(draft.node(id).type(), shape);
    storage.store(id, copy);
    return new Matrix(arg(copy, shape, false, 0), false);
  }

  private static @Nullable Matrix ready(View view, Shape shape) {
    if (view.reshape(shape, flat(shape)) != null) {
      for (var flipped : List.of(false, true)) {
        int row = shape.axis(flipped ? -1 : -2);
        int column = shape.axis(flipped ? -2 : -1);
        boolean unit = view.strides().get(column) == 1 || shape.get(column) == 1;
        if (unit && (shape.get(row) == 1 || view.strides().get(row) >= shape.get(column))) {
          return new Matrix(arg(view, shape, flipped, 0), flipped);
        }
      }
    }
    return null;
  }

  private static Plan.Arg arg(View view, Shape shape, boolean flipped, long chunkStride) {
    long batch = requireNonNull(view.reshape(shape, flat(shape))).strides().getFirst();
    long row = view.strides().get(shape.axis(flipped ? -1 : -2));
    int columns = shape.get(flipped ? -2 : -1);
    var strides = List.of(batch, Math.max(row, Math.max(1, columns)), 1L);
    return new Plan.Arg(view.buffer(), view.offset(), strides, 0, 0, chunkStride, view.pass());
  }

  /** Room for matrices that lie at equal distances: without gaps where padded rows would not let them. */
  private View room(DType type, Shape shape) {
    if (new View(0, 0, Layout.padded(type, shape).strides(), true).reshape(shape, flat(shape)) != null) {
      return draft.buffers.temporary(type, shape);
    }
    var layout = Layout.dense(type, shape);
    return new View(draft.buffers.add(type, layout.elements(), Role.TEMP, ""), 0, layout.strides(), false);
  }

  /** All leading axes as one. */
  private static Shape flat(Shape shape) {
    return Shape.of((int) shape.range(0, shape.rank() - 2).size(), shape.get(-2), shape.get(-1));
  }
}
