package dev.runnel.experiments.report;

import dev.runnel.experiments.train.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.joml.Matrix4f;
import org.joml.Vector4f;

/**
 * Trajectories of states, projected to the three directions in which they vary most (principal components), each scaled to
 * its deviation, and seen by a camera from above the corner.
 */
final class Portrait {
  private static final int DIMENSIONS = 3;
  private static final int MOST_POINTS = 160;

  private Portrait() {}

  /**
   * One row's.
   *
   * @param color by its class
   * @param nearness from 0.25, farthest from the camera, to 0.9
   */
  record Path(String name, int color, double nearness, List<List<Double>> points) {}

  /** Of rows with these classes. */
  static List<Path> of(Session.Trajectories seen, int[] labels, List<String> classes) {
    int width = seen.width();
    int steps = seen.states().length / (labels.length * width);
    double[][] axes = axes(seen.states(), width);
    var view = new Matrix4f().perspective((float) Math.toRadians(40), 1, 0.1f, 100)
        .lookAt(7, 5, 7, 0, 0, 0, 0, 1, 0);
    var paths = new ArrayList<Path>();
    double[] depths = new double[labels.length];
    for (int row = 0; row < labels.length; row++) {
      var points = new ArrayList<List<Double>>();
      int stride = Math.max(1, steps / MOST_POINTS);
      for (int t = 0; t < steps; t += stride) {
        var point = new Vector4f(0, 0, 0, 1);
        for (int axis = 0; axis < axes.length; axis++) {
          double along = -axes[axis][width];
          for (int i = 0; i < width; i++) {
            along += seen.states()[(row * steps + t) * width + i] * axes[axis][i];
          }
          point.setComponent(axis, (float) along);
        }
        view.transform(point);
        depths[row] += point.w / Math.ceil(steps / (double) stride);
        points.add(List.of((double) (point.x / point.w), (double) (point.y / point.w)));
      }
      paths.add(new Path(classes.get(labels[row]), labels[row], 0, points));
    }
    double nearest = Arrays.stream(depths).min().orElse(0);
    double farthest = Arrays.stream(depths).max().orElse(1);
    for (int row = 0; row < labels.length; row++) {
      double far = (depths[row] - nearest) / Math.max(1e-9, farthest - nearest);
      var path = paths.get(row);
      paths.set(row, new Path(path.name, path.color, 0.9 - 0.65 * far, path.points));
    }
    return paths;
  }

  /** At most three rows: a direction over its deviation, and at its end the mean along it. */
  private static double[][] axes(double[] states, int width) {
    int n = states.length / width;
    double[] mean = new double[width];
    for (int i = 0; i < states.length; i++) {
      mean[i % width] += states[i] / n;
    }
    var centred = new DMatrixRMaj(n, width);
    for (int i = 0; i < states.length; i++) {
      centred.set(i / width, i % width, states[i] - mean[i % width]);
    }
    var covariance = new DMatrixRMaj(width, width);
    CommonOps_DDRM.multTransA(1.0 / n, centred, centred, covariance);
    var svd = DecompositionFactory_DDRM.svd(width, width, true, false, true);
    if (!svd.decompose(covariance)) {
      return new double[0][];
    }
    var u = svd.getU(null, false);
    var w = svd.getW(null);
    SingularOps_DDRM.descendingOrder(u, false, w, null, false);
    int kept = Math.min(DIMENSIONS, width);
    double[][] axes = new double[kept][width + 1];
    for (int axis = 0; axis < kept; axis++) {
      double deviation = Math.sqrt(Math.max(1e-24, w.get(axis, axis)));
      double along = 0;
      for (int i = 0; i < width; i++) {
        axes[axis][i] = u.get(i, axis) / deviation;
        along += mean[i] * axes[axis][i];
      }
      axes[axis][width] = along;
    }
    return axes;
  }
}
