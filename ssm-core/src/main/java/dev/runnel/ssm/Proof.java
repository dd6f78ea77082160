package dev.runnel.ssm;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How {@link Stability} comes to its verdict: ranges of drives through the drive map, a set X of states that the step
 * maps into itself, and the largest |J| over X and the drives.
 *
 * <p>The image of a box P with centre c is {@code f(c, U) + J(P, U) (P - c)}, cut with f(P, U): the centred form,
 * without which {@code x - el F x} widens whatever is proved of it. X is taken in boxes, cut in two until their images
 * lie in X.
 */
final class Proof {
  /** Cuts a box of states may take before its image counts as outside. */
  private static final int DEPTH = 14;

  /** How often X grows, each time by a quarter of its width. */
  private static final int ROUNDS = 120;

  /** How often X shrinks again to its image. */
  private static final int NARROWINGS = 4;

  private final Cell cell;
  private final LaneRanges drives;
  private final PointwiseRanges outputs;
  private final PointwiseRanges slopes;
  private final PointwiseRanges norm;
  private final int components;
  private final int lanes;
  private final Range initial;

  Proof(Cell cell, LaneRanges drives, Range initial) {
    this.cell = cell;
    this.drives = drives;
    this.initial = initial;
    components = cell.state().components();
    lanes = Math.toIntExact(cell.state().lanes().size());
    var body = drives.traced().body();
    var jacobian = body.jacobian(components);
    outputs = new PointwiseRanges(body.outputs());
    slopes = new PointwiseRanges(jacobian);
    norm = new PointwiseRanges(List.of(norm(jacobian)));
  }

  /** |J|, written on the body's tape; a rotation with a scaling {@code (a, -b; b, a)} is known as one. */
  private static Tensor norm(List<Tensor> j) {
    if (j.size() == 1) {
      return j.getFirst().abs();
    }
    var a = plain(j.get(0));
    var b = plain(j.get(1));
    var c = plain(j.get(2));
    var d = plain(j.get(3));
    if (a.id() == d.id() && (negates(b, c) || negates(c, b))) {
      return length(a, negates(b, c) ? c : b);
    }
    return length(a.plus(d), c.minus(b)).plus(length(a.minus(d), b.plus(c))).times(0.5);
  }

  private static Tensor length(Tensor x, Tensor y) {
    return x.times(x).plus(y.times(y)).sqrt();
  }

  private static Tensor plain(Tensor x) {
    var node = x.tape().node(x.id());
    return node.op() instanceof Op.Broadcast || node.op() instanceof Op.Reshape
        ? plain(x.tape().tensor(node.operands().getFirst()))
        : x;
  }

  private static boolean negates(Tensor x, Tensor y) {
    var node = x.tape().node(x.id());
    return node.op() instanceof Op.Point(Pointwise row)
        && row == Pointwise.NEG
        && plain(x.tape().tensor(node.operands().getFirst())).id() == y.id();
  }

  Stability verdict() {
    if (cell instanceof Contractive held) {
      return new Stability(
          Stability.Kind.CONTRACTIVE, held.rho(), Double.NaN, "any point, by construction", shrinking(held.rho()));
    }
    if (drives.traced().body().linear(components)) {
      var peak = peak(null);
      return verdict(peak, peak.bound() < 1 ? shrinking(peak.bound()) : everything(), true);
    }
    var sets = IntStream.range(0, lanes).mapToObj(this::invariant).toList();
    boolean all = sets.stream().allMatch(s -> s.length > 0);
    return verdict(peak(all ? sets : null), all ? hulls(sets) : everything(), all);
  }

  /** {@code reached}: whether the ranges that the peak was looked for in are known to be those of the states. */
  private static Stability verdict(Peak peak, List<Range> states, boolean reached) {
    Stability.Kind kind;
    if (peak.found() > Peak.FAR && reached) {
      kind = Stability.Kind.UNBOUNDED;
    } else if (peak.bound() < 1 - Stability.MARGIN) {
      kind = Stability.Kind.CONTRACTIVE;
    } else {
      kind = peak.bound() <= 1 + Stability.MARGIN ? Stability.Kind.MARGINAL : Stability.Kind.NOT_GUARANTEED;
    }
    return new Stability(kind, peak.bound(), peak.found(), peak.where(), states);
  }

  private Peak peak(@Nullable List<Range[]> states) {
    var traced = drives.traced();
    var names = traced.body().tape().inputs().keySet().stream().filter(norm::reads).toList();
    var everywhere = everything().toArray(Range[]::new);
    return Peak.of(
        norm,
        names,
        IntStream.range(0, lanes)
            .mapToObj(lane -> drives.inputs(lane, states == null ? everywhere : states.get(lane)))
            .toList(),
        name -> name.charAt(0) == 'u' ? traced.names().get(Integer.parseInt(name.substring(1))) : name);
  }

  private List<Range> everything() {
    return Collections.nCopies(components, Range.ALL);
  }

  private static List<Range> hulls(List<Range[]> sets) {
    return IntStream.range(0, sets.getFirst().length)
        .mapToObj(k -> sets.stream().map(s -> s[k]).reduce(Range::hull).orElseThrow())
        .toList();
  }

  /** {@code |x| <= max(|x_0|, |f(0, U)| / (1 - L))} where every step shrinks by L; a lane may have a smaller one. */
  private List<Range> shrinking(double factor) {
    var sets = new ArrayList<Range[]>();
    for (int lane = 0; lane < lanes; lane++) {
      double start = 0;
      double push = 0;
      double l = Math.min(factor, norm.at(drives.inputs(lane, all(Range.ALL)))[0].high());
      for (var range : outputs.at(drives.inputs(lane, all(Range.of(0))))) {
        start = Math.hypot(start, initial.size());
        push = Math.hypot(push, range.size());
      }
      sets.add(all(Range.within(Range.above(Math.max(start, push / (1 - l)), 8))));
    }
    return hulls(sets);
  }

  private Range[] all(Range x) {
    return Collections.nCopies(components, x).toArray(Range[]::new);
  }

  /** Ranges of the components that the step maps into themselves; empty if none was found. */
  private Range[] invariant(int lane) {
    var x = all(initial.hull(Range.of(0)));
    for (int round = 0; round < ROUNDS; round++) {
      var out = outside(lane, x, x, 0);
      if (out == null) {
        return narrowed(lane, x);
      }
      for (int k = 0; k < components; k++) {
        if (!(out[k].size() < Peak.FAR) || x[k].size() > Peak.FAR) {
          return new Range[0];
        }
        double more = Math.max(1e-3, x[k].width() / 4);
        x[k] =
            new Range(
                out[k].low() < x[k].low() ? x[k].low() - more : x[k].low(),
                out[k].high() > x[k].high() ? x[k].high() + more : x[k].high());
      }
    }
    return new Range[0];
  }

  /** The image of a part of x, if it is not inside x; else null. */
  private Range @Nullable [] outside(int lane, Range[] x, Range[] part, int depth) {
    var image = image(lane, part);
    if (IntStream.range(0, components).allMatch(k -> x[k].holds(image[k]))) {
      return null;
    }
    int widest = components == 1 || part[0].width() >= part[1].width() ? 0 : 1;
    if (depth == DEPTH || part[widest].width() == 0) {
      return image;
    }
    double middle = part[widest].middle();
    var half = part.clone();
    half[widest] = new Range(part[widest].low(), middle);
    var out = outside(lane, x, half, depth + 1);
    if (out != null) {
      return out;
    }
    half[widest] = new Range(middle, part[widest].high());
    return outside(lane, x, half, depth + 1);
  }

  private Range[] image(int lane, Range[] part) {
    var centre = Arrays.stream(part).map(r -> Range.of(r.middle())).toArray(Range[]::new);
    Map<String, Range> inputs = drives.inputs(lane, part);
    var whole = outputs.at(inputs);
    var j = slopes.at(inputs);
    var middle = outputs.at(drives.inputs(lane, centre));
    var image = new Range[components];
    for (int i = 0; i < components; i++) {
      var y = middle[i];
      for (int k = 0; k < components; k++) {
        y = y.plus(j[i * components + k].times(part[k].minus(centre[k])));
      }
      image[i] = y.and(whole[i]);
    }
    return image;
  }

  /** The image of x, with what states begin in: it maps into itself as x does. */
  private Range[] narrowed(int lane, Range[] x) {
    var now = x;
    for (int round = 0; round < NARROWINGS; round++) {
      Range @Nullable [] hull = null;
      for (var part : parts(now)) {
        var image = image(lane, part);
        for (int k = 0; k < components && hull != null; k++) {
          image[k] = image[k].hull(hull[k]);
        }
        hull = image;
      }
      var next = new Range[components];
      for (int k = 0; k < components; k++) {
        next[k] = requireNonNull(hull)[k].hull(initial).hull(Range.of(0)).and(now[k]);
      }
      now = next;
    }
    return now;
  }

  private static List<Range[]> parts(Range[] x) {
    var parts = List.<Range[]>of(x);
    for (int cut = 0; cut < 7; cut++) {
      var halves = new ArrayList<Range[]>();
      for (var part : parts) {
        int k = cut % x.length;
        var low = part.clone();
        var high = part.clone();
        double middle = part[k].middle();
        low[k] = new Range(part[k].low(), middle);
        high[k] = new Range(middle, part[k].high());
        halves.addAll(List.of(low, high));
      }
      parts = halves;
    }
    return parts;
  }
}
