package dev.runnel.ssm;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A cell's step, and what it reads besides its states: a range a lane of every drive and parameter. */
record LaneRanges(Traced traced, Map<String, Range[]> byName) {
  /** How far drives may read. */
  private static final int WINDOW = 16;

  /**
   * From ranges of the inputs' features and the parameters' values.
   *
   * @throws Enclosure.Unknown where a drive's operation has no rule, or a drive reads far
   */
  static LaneRanges of(Cell cell, String path, Function<String, double[]> parameters, List<Range> inputs) {
    var near = Recorded.of(cell, path, inputs.size(), WINDOW);
    var ranges = near.ranges(cell, parameters, inputs);
    var far = Recorded.of(cell, path, inputs.size(), 2 * WINDOW).ranges(cell, parameters, inputs);
    for (var name : near.drives.byName().keySet()) {
      if (!Arrays.equals(ranges.get(name), far.get(name))) {
        throw new Enclosure.Unknown("drive '%s' reads further than %d steps".formatted(name, WINDOW));
      }
    }
    return new LaneRanges(near.traced, ranges);
  }

  /** Of what the body calls {@code u<k>}. */
  Range of(int k, int lane) {
    return requireNonNull(byName.get(traced.names().get(k)))[lane];
  }

  /** Ranges by the body's names, with states in x. */
  Map<String, Range> inputs(int lane, Range[] x) {
    var inputs = new HashMap<String, Range>();
    for (int k = 0; k < traced.names().size(); k++) {
      inputs.put("u" + k, of(k, lane));
    }
    for (int k = 0; k < x.length; k++) {
      inputs.put("x" + k, x[k]);
    }
    return inputs;
  }

  private record Recorded(Tape tape, Drives drives, Traced traced) {
    /** A range a lane of every drive and parameter, by name. */
    Map<String, Range[]> ranges(Cell cell, Function<String, double[]> parameters, List<Range> inputs) {
      var through =
          new DriveRanges(
              tape,
              name -> {
                int count = Math.toIntExact(requireNonNull(tape.inputs().get(name)).shape().size());
                return IntStream.range(0, count).mapToObj(i -> inputs.get(i % inputs.size())).toArray(Range[]::new);
              },
              parameters);
      var lanes = cell.state().lanes();
      var ranges = new HashMap<String, Range[]>();
      for (var name : traced.names()) {
        var drive = drives.byName().get(name);
        if (drive != null) {
          ranges.put(name, spread(overTime(through.of(drive), drive.shape()), lane(drive.shape()), lanes));
        } else {
          var parameter = requireNonNull(tape.variables().get(name));
          ranges.put(name, spread(through.of(parameter), parameter.shape(), lanes));
        }
      }
      return ranges;
    }

    private static Shape lane(Shape drive) {
      return drive.range(2, drive.rank());
    }

    private static Range[] overTime(Range[] x, Shape shape) {
      int lanes = Math.toIntExact(lane(shape).size());
      var hull = Arrays.copyOf(x, lanes);
      for (int i = lanes; i < x.length; i++) {
        hull[i % lanes] = hull[i % lanes].hull(x[i]);
      }
      return hull;
    }

    private static Range[] spread(Range[] x, Shape from, Shape lanes) {
      var y = new Range[Math.toIntExact(lanes.size())];
      int fresh = lanes.rank() - from.rank();
      for (int i = 0; i < y.length; i++) {
        int last = lanes.last();
        int[] at = lanes.rank() == 1 ? new int[] {i} : new int[] {i / last, i % last};
        y[i] = x[DriveRanges.flat(from, d -> from.get(d) == 1 ? 0 : at[d + fresh])];
      }
      return y;
    }

    static Recorded of(Cell cell, String path, int features, int steps) {
      var tape = new Tape(DType.F64);
      var scope = tape.scope();
      for (var part : path.isEmpty() ? new String[0] : path.split("\\.")) {
        scope = scope.scope(part);
      }
      var drives = cell.drive(scope, tape.input("u", Shape.of(1, steps, features)));
      return new Recorded(tape, drives, Traced.of(cell, scope, drives, false));
    }
  }
}
