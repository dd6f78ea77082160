package dev.runnel.experiments.report;

import dev.runnel.experiments.train.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.joml.Matrix4f;
import org.joml.Vector4f;

/**
 * Trajectories of states, projected to the three directions in which they vary most (principal components), each scaled
 * to its deviation, in a box that a camera sees from above a corner.
 *
 * @param lines of rows, of the means of classes, and of the box
 * @param labels at the ends of the box
 * @param centre of what is seen, x and y
 * @param half of its width and of its height, in the units of a picture that is 4 wide and 3 high
 * @param stride steps from one point of a line to the next
 */
record Portrait(List<Line> lines, List<Label> labels, double[] centre, double half, int stride) {
  /** At most so many rows of a class. */
  static final int ROWS_A_CLASS = 6;

  /** So many steps of all rows together, or a row a class if that is more. */
  static final int MOST_STEPS = 40_000;

  private static final int ROWS_DRAWN = 2;
  private static final int MOST_POINTS = 400;
  private static final int MOST_SAMPLES = 4000;
  private static final int DIMENSIONS = 3;
  private static final int LEVELS = 4;
  private static final double ASPECT = 4.0 / 3;
  private static final List<String> GAP = List.of("-", "-");

  /**
   * A polyline with gaps.
   *
   * @param name of a class; empty for the box
   * @param color by its class; -1 for the box
   * @param bold whether it is a class's mean
   * @param nearness from 0, farthest from the camera, to 1
   */
  record Line(String name, int color, boolean bold, double nearness, List<List<?>> points) {}

  /** A text at a place. */
  record Label(String text, double x, double y) {}

  /** Of rows with these classes. */
  static Portrait of(Session.Trajectories seen, int[] labels, List<String> classes) {
    var axes = Axes.of(seen);
    int stride = Math.max(1, Math.ceilDiv(seen.steps(), MOST_POINTS));
    var paths = new ArrayList<Path>();
    for (int c = 0; c < classes.size(); c++) {
      int label = c;
      int[] rows = IntStream.range(0, labels.length).filter(row -> labels[row] == label).toArray();
      Arrays.stream(rows).limit(ROWS_DRAWN)
          .forEach(row -> paths.add(new Path(label, false, mean(seen, axes, stride, row))));
      if (rows.length > ROWS_DRAWN) {
        paths.add(new Path(label, true, mean(seen, axes, stride, rows)));
      }
    }
    return new Camera(paths).picture(classes, axes, stride);
  }

  /** A trajectory in the principal components. */
  private record Path(int label, boolean bold, double[][] points) {}

  /** The mean trajectory of rows, as far as all of them go. */
  private static double[][] mean(Session.Trajectories seen, Axes axes, int stride, int... rows) {
    int length = Arrays.stream(rows).map(row -> seen.lengths()[row]).min().orElse(0);
    double[][] points = new double[Math.ceilDiv(length, stride)][DIMENSIONS];
    for (int i = 0; i < points.length; i++) {
      for (int row : rows) {
        double[] point = axes.project(seen.states(), (row * seen.steps() + i * stride) * seen.width());
        for (int d = 0; d < DIMENSIONS; d++) {
          points[i][d] += point[d] / rows.length;
        }
      }
    }
    return points;
  }

  /** Directions over their deviations, means, and shares of the variance; a direction that isn't there is zero. */
  private record Axes(double[][] directions, double[] mean, double[] shares) {

    static Axes of(Session.Trajectories seen) {
      int width = seen.width();
      var at = new ArrayList<Integer>();
      int all = Arrays.stream(seen.lengths()).sum();
      int stride = Math.max(1, all / MOST_SAMPLES);
      for (int row = 0; row < seen.lengths().length; row++) {
        for (int t = 0; t < seen.lengths()[row]; t += stride) {
          at.add((row * seen.steps() + t) * width);
        }
      }
      double[] mean = new double[width];
      at.forEach(from -> {
        for (int i = 0; i < width; i++) {
          mean[i] += seen.states()[from + i] / at.size();
        }
      });
      var centred = new DMatrixRMaj(at.size(), width);
      for (int n = 0; n < at.size(); n++) {
        for (int i = 0; i < width; i++) {
          centred.set(n, i, seen.states()[at.get(n) + i] - mean[i]);
        }
      }
      var covariance = new DMatrixRMaj(width, width);
      CommonOps_DDRM.multTransA(1.0 / at.size(), centred, centred, covariance);
      double[][] directions = new double[DIMENSIONS][width];
      double[] shares = new double[DIMENSIONS];
      var svd = DecompositionFactory_DDRM.svd(width, width, true, false, true);
      if (svd.decompose(covariance)) {
        var u = svd.getU(null, false);
        var w = svd.getW(null);
        SingularOps_DDRM.descendingOrder(u, false, w, null, false);
        double sum = Math.max(Double.MIN_NORMAL, CommonOps_DDRM.trace(w));
        for (int d = 0; d < Math.min(DIMENSIONS, width); d++) {
          shares[d] = w.get(d, d) / sum;
          // Without variance a direction is noise.
          double scale = shares[d] < 1e-12 ? 0 : 1 / Math.sqrt(w.get(d, d));
          for (int i = 0; i < width; i++) {
            directions[d][i] = u.get(i, d) * scale;
          }
        }
      }
      return new Axes(directions, mean, shares);
    }

    double[] project(double[] states, int from) {
      double[] point = new double[DIMENSIONS];
      for (int d = 0; d < DIMENSIONS; d++) {
        for (int i = 0; i < mean.length; i++) {
          point[d] += (states[from + i] - mean[i]) * directions[d][i];
        }
      }
      return point;
    }
  }

  /** Looks at paths so that a ball around all of them is seen whole. */
  private static final class Camera {
    private final List<Path> paths;
    private final double[] low = new double[DIMENSIONS];
    private final double[] high = new double[DIMENSIONS];
    private final double radius;
    private final Matrix4f view = new Matrix4f().perspective((float) Math.toRadians(40), (float) ASPECT, 0.1f, 100)
        .lookAt(2.3f, 1.5f, 2.6f, 0, 0, 0, 0, 1, 0);
    private double nearest = Double.POSITIVE_INFINITY;
    private double farthest = Double.NEGATIVE_INFINITY;
    private double left = Double.POSITIVE_INFINITY;
    private double right = Double.NEGATIVE_INFINITY;
    private double bottom = Double.POSITIVE_INFINITY;
    private double top = Double.NEGATIVE_INFINITY;

    Camera(List<Path> paths) {
      this.paths = paths;
      var points = paths.stream().flatMap(path -> Arrays.stream(path.points)).toList();
      for (int d = 0; d < DIMENSIONS; d++) {
        int axis = d;
        low[d] = points.stream().mapToDouble(p -> p[axis]).min().orElse(0);
        high[d] = points.stream().mapToDouble(p -> p[axis]).max().orElse(0);
      }
      double squares = IntStream.range(0, DIMENSIONS).mapToDouble(d -> (high[d] - low[d]) / 2).map(h -> h * h).sum();
      radius = Math.max(1e-12, Math.sqrt(squares));
    }

    /** Where a point is seen, and how far off. */
    private double[] seen(double... point) {
      var at = new Vector4f(0, 0, 0, 1);
      for (int d = 0; d < DIMENSIONS; d++) {
        at.setComponent(d, (float) ((point[d] - (low[d] + high[d]) / 2) / radius));
      }
      view.transform(at);
      double[] seen = {at.x / at.w, at.y / at.w, at.w};
      nearest = Math.min(nearest, seen[2]);
      farthest = Math.max(farthest, seen[2]);
      left = Math.min(left, seen[0]);
      right = Math.max(right, seen[0]);
      bottom = Math.min(bottom, seen[1]);
      top = Math.max(top, seen[1]);
      return seen;
    }

    Portrait picture(List<String> classes, Axes axes, int stride) {
      var lines = new ArrayList<Line>();
      var edges = box();
      var labels = labels(axes);
      var projected = paths.stream().map(path -> Arrays.stream(path.points).map(this::seen).toList()).toList();
      lines.add(new Line("", -1, false, 0, edges));
      for (int i = 0; i < paths.size(); i++) {
        var path = paths.get(i);
        var levels = shaded(projected.get(i));
        for (int level = 0; level < LEVELS; level++) {
          if (!levels.get(level).isEmpty()) {
            lines.add(new Line(classes.get(path.label), path.label, path.bold, level / (LEVELS - 1.0),
                levels.get(level)));
          }
        }
      }
      // The farther is drawn first, and means over rows.
      lines.sort((a, b) -> a.bold != b.bold ? Boolean.compare(a.bold, b.bold) : Double.compare(a.nearness, b.nearness));
      double[] centre = {(left + right) / 2, (bottom + top) / 2};
      return new Portrait(lines, labels, centre, 1.06 * Math.max(right - left, top - bottom) / 2, stride);
    }

    /** Pieces of a path by their distance. */
    private List<List<List<?>>> shaded(List<double[]> points) {
      var levels = new ArrayList<List<List<?>>>();
      IntStream.range(0, LEVELS).forEach(_ -> levels.add(new ArrayList<>()));
      int before = -1;
      for (int i = 1; i < points.size(); i++) {
        double depth = (points.get(i - 1)[2] + points.get(i)[2]) / 2;
        double near = (farthest - depth) / Math.max(1e-12, farthest - nearest);
        int level = (int) Math.clamp(Math.floor(near * LEVELS), 0, LEVELS - 1);
        var line = levels.get(level);
        if (level != before) {
          if (!line.isEmpty()) {
            line.add(GAP);
          }
          line.add(flat(points.get(i - 1)));
        }
        line.add(flat(points.get(i)));
        before = level;
      }
      return levels;
    }

    private static List<Double> flat(double[] point) {
      return List.of(rounded(point[0]), rounded(point[1]));
    }

    private static double rounded(double value) {
      return Math.rint(value * 1e4) / 1e4;
    }

    private double[] corner(int bits) {
      double[] corner = new double[DIMENSIONS];
      Arrays.setAll(corner, d -> (bits >> d & 1) == 0 ? low[d] : high[d]);
      return seen(corner);
    }

    private List<List<?>> box() {
      var edges = new ArrayList<List<?>>();
      for (int from = 0; from < 1 << DIMENSIONS; from++) {
        for (int d = 0; d < DIMENSIONS; d++) {
          if ((from >> d & 1) == 0) {
            edges.add(flat(corner(from)));
            edges.add(flat(corner(from | 1 << d)));
            edges.add(GAP);
          }
        }
      }
      return edges;
    }

    /** In the middle of one edge of each direction. */
    private List<Label> labels(Axes axes) {
      var labels = new ArrayList<Label>();
      int[] starts = {4, 4, 1}; // the edge of each axis that the camera has in front, below or at the left
      for (int d = 0; d < DIMENSIONS; d++) {
        double[] from = corner(starts[d]);
        double[] to = corner(starts[d] | 1 << d);
        labels.add(new Label("PC %d, %.1f %%".formatted(d + 1, 100 * axes.shares[d]),
            rounded((from[0] + to[0]) / 2), rounded((from[1] + to[1]) / 2)));
      }
      return labels;
    }
  }
}
