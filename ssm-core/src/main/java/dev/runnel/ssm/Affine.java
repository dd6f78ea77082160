package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Recurrence.Keep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The associative scan of affine maps {@code z -> P_s z + q_s} on one or two components: {@code (P, q) after (P', q')
 * = (P P', P q' + q)} (Blelloch 1990). Chunks of constant length are composed, their compositions scanned in the same
 * way, and each chunk walked from where it begins: {@code O(S)} work, {@code O(log S)} depth, no division.
 *
 * @param each what z is before each map, {@code (B, S, lanes..)}
 * @param end what it is after the last, {@code (B, 1, lanes..)}
 */
record Affine(List<Tensor> each, List<Tensor> end) {
  /** Maps up to which one walk is as good as chunks. */
  private static final int FEW = 48;

  /**
   * Scans.
   *
   * @param p entries of P in row-major order, {@code (B, S, lanes..)}
   * @param q entries of q, as many as {@code first} has
   * @param first {@code (B, 1, lanes..)}
   */
  static Affine scan(List<Tensor> p, List<Tensor> q, List<Tensor> first, boolean backward) {
    int m = q.size();
    var space = q.getFirst().shape();
    int count = space.get(1);
    var type = q.getFirst().type();
    var tape = q.getFirst().tape();
    var lanes = space.range(2, space.rank());
    var drives = new ArrayList<>(p);
    drives.addAll(q);
    var step = step(type, lanes, m);
    if (count <= FEW) {
      var x = walked(tape, step, space, Keep.TRAJECTORY, backward, first, drives);
      int before = backward ? 1 : 0;
      int last = backward ? 0 : count;
      return new Affine(sliced(x, before, before + count), sliced(x, last, last + 1));
    }
    var chunks = Chunks.of(space);
    boolean rests = chunks.rest() > 0;
    var start = first;
    List<Tensor> rest = List.of();
    if (rests && backward) {
      rest = walked(tape, step, chunks.restSpace(), Keep.TRAJECTORY, true, first, drives.stream().map(chunks::rest).toList());
      start = sliced(rest, 0, 1);
    }
    var maps = composed(chunks, type, m, drives, backward);
    var inner = scan(maps.subList(0, m * m), maps.subList(m * m, maps.size()), start, backward);
    var steps =
        walked(
                tape, step, chunks.space(), Keep.STEPS, backward, inner.each().stream().map(chunks::firsts).toList(),
                drives.stream().map(chunks::main).toList())
            .stream().map(chunks::joined).toList();
    if (rests && !backward) {
      rest = walked(tape, step, chunks.restSpace(), Keep.TRAJECTORY, false, inner.end(), drives.stream().map(chunks::rest).toList());
    }
    var each = new ArrayList<Tensor>();
    var end = new ArrayList<Tensor>();
    for (int k = 0; k < m; k++) {
      var x = steps.get(k);
      int n = chunks.cut();
      if (backward) {
        var after = rests ? rest.get(k) : first.get(k).broadcastTo(chunks.shape(chunks.batch(), 1));
        each.add(Tensor.concat(1, x.slice(1, 1, n), after));
        end.add(x.slice(1, 0, 1));
      } else {
        var before = first.get(k).broadcastTo(chunks.shape(chunks.batch(), 1));
        each.add(
            rests
                ? Tensor.concat(1, before, x, rest.get(k).slice(1, 1, chunks.rest()))
                : Tensor.concat(1, before, x.slice(1, 0, n - 1)));
        end.add(rests ? rest.get(k).slice(1, chunks.rest(), chunks.rest() + 1) : x.slice(1, n - 1, n));
      }
    }
    return new Affine(each, end);
  }

  /** One map as a step: states z, drives P then q. */
  private static Body step(DType type, Shape lanes, int m) {
    return Body.written(type, lanes, in -> {
      var next = new ArrayList<Tensor>();
      for (int i = 0; i < m; i++) {
        var sum = in.u(m * m + i);
        for (int j = 0; j < m; j++) {
          sum = in.u(i * m + j).times(in.x(j)).plus(sum);
        }
        next.add(sum);
      }
      return next;
    });
  }

  /** Each chunk's maps as one: P then q, {@code (B, count, lanes..)}. */
  private static List<Tensor> composed(Chunks chunks, DType type, int m, List<Tensor> drives, boolean backward) {
    var body = Body.written(type, chunks.lanes(), in -> {
      var p = in.us(0, m * m);
      var next = product(m, p, in.xs(0, m * m));
      for (int i = 0; i < m; i++) {
        next.add(row(m, p, i, in.xs(m * m, m)).plus(in.u(m * m + i)));
      }
      return next;
    });
    var tape = drives.getFirst().tape();
    return walked(
            tape, body, chunks.space(), Keep.END, backward, identity(tape, type, chunks.space().rank(), m),
            drives.stream().map(chunks::main).toList())
        .stream().map(chunks::ofRows).toList();
  }

  /** The map that changes nothing, P then q, broadcastable. */
  static List<Tensor> identity(Tape tape, DType type, int rank, int m) {
    var one = new Shape(Collections.nCopies(rank, 1));
    var map = new ArrayList<Tensor>();
    for (int i = 0; i < m * m + m; i++) {
      map.add(tape.constant(type, i < m * m && i / m == i % m ? 1 : 0, one));
    }
    return map;
  }

  /** {@code A B} of m x m matrices in row-major order. */
  static List<Tensor> product(int m, List<Tensor> a, List<Tensor> b) {
    var product = new ArrayList<Tensor>();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < m; j++) {
        int column = j;
        product.add(row(m, a, i, java.util.stream.IntStream.range(0, m).mapToObj(k -> b.get(k * m + column)).toList()));
      }
    }
    return product;
  }

  /** Row {@code i} of a matrix times a vector. */
  static Tensor row(int m, List<Tensor> a, int i, List<Tensor> x) {
    var sum = a.get(i * m).times(x.getFirst());
    for (int k = 1; k < m; k++) {
      sum = a.get(i * m + k).times(x.get(k)).plus(sum);
    }
    return sum;
  }

  /** A walk that keeps the same of all its states. */
  static List<Tensor> walked(
      Tape tape, Body body, Shape space, Keep keep, boolean backward, List<Tensor> first, List<Tensor> drives) {
    var operands = new ArrayList<>(first);
    operands.addAll(drives);
    return tape.call(Recurrence.walk(body, space, Collections.nCopies(first.size(), keep), backward), operands);
  }

  private static List<Tensor> sliced(List<Tensor> x, int from, int to) {
    return x.stream().map(t -> t.slice(1, from, to)).toList();
  }
}
