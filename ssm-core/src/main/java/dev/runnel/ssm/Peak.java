package dev.runnel.ssm;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The largest value of a number over boxes of its inputs, one a lane, by cutting the box whose bound is largest.
 *
 * @param bound which no value exceeds
 * @param found the largest value that was met, at the middle of a box
 * @param where it was met
 */
record Peak(double bound, double found, String where) {
  /** A value met beyond this counts as without bound. */
  static final double FAR = 1e9;

  /** How near the bound to what was found is near enough. */
  private static final double GAP = 1e-3;

  private record Box(int lane, Map<String, Range> inputs, double bound) {}

  /** Over one box a lane; {@code names} are the inputs that the number reads. */
  static Peak of(
      PointwiseRanges number, List<String> names, List<Map<String, Range>> lanes, Function<String, String> called) {
    var boxes = new PriorityQueue<Box>(Comparator.comparingDouble(b -> -b.bound));
    double found = Double.NEGATIVE_INFINITY;
    var best = new Box(0, Map.of(), 0);
    double settled = 0; // bounds of boxes that can't be cut
    var fresh = new ArrayList<Box>();
    for (var inputs : lanes) {
      fresh.add(new Box(fresh.size(), inputs, number.at(inputs)[0].high()));
    }
    for (int cuts = 4000 + 100 * lanes.size(); ; cuts--) {
      for (var box : fresh) {
        var middle = new HashMap<>(box.inputs);
        names.forEach(name -> middle.compute(name, (n, r) -> Range.of(requireNonNull(r).middle())));
        double value = number.at(middle)[0].low();
        if (value > found) {
          found = value;
          best = new Box(box.lane, middle, 0);
        }
        boxes.add(box);
      }
      fresh.clear();
      var top = boxes.peek();
      if (top == null || cuts == 0 || top.bound <= Math.max(settled, found * (1 + GAP)) || found > FAR) {
        double bound = Math.max(settled, top == null ? 0 : top.bound);
        return new Peak(Math.max(bound, found), found, words(best, lanes.get(best.lane), names, called));
      }
      boxes.poll();
      var name = cut(number, top, names);
      if (name == null) {
        settled = Math.max(settled, top.bound);
        continue;
      }
      var range = requireNonNull(top.inputs.get(name));
      double middle = range.middle();
      for (var half : List.of(new Range(range.low(), middle), new Range(middle, range.high()))) {
        var inputs = new HashMap<>(top.inputs);
        inputs.put(name, half);
        fresh.add(new Box(top.lane, inputs, Math.min(top.bound, number.at(inputs)[0].high())));
      }
    }
  }

  /** The input whose range makes the bound loosest. */
  private static @Nullable String cut(PointwiseRanges number, Box box, List<String> names) {
    String chosen = null;
    double least = Double.POSITIVE_INFINITY;
    double widest = 0;
    for (var name : names) {
      var range = requireNonNull(box.inputs.get(name));
      double middle = range.middle();
      if (!(range.low() < middle && middle < range.high())) {
        continue;
      }
      var inputs = new HashMap<>(box.inputs);
      inputs.put(name, Range.of(middle));
      double bound = number.at(inputs)[0].high();
      if (chosen == null || bound < least || (bound == least && range.width() > widest)) {
        chosen = name;
        least = bound;
        widest = range.width();
      }
    }
    return chosen;
  }

  /** The point, without what is the same everywhere in its lane. */
  private static String words(Box point, Map<String, Range> lane, List<String> names, Function<String, String> called) {
    var words = new StringBuilder("lane " + point.lane);
    for (var name : names) {
      if (requireNonNull(lane.get(name)).width() > 0) {
        words.append(", %s = %.4g".formatted(called.apply(name), requireNonNull(point.inputs.get(name)).low()));
      }
    }
    return words.toString();
  }
}
