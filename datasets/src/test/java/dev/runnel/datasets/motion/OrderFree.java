package dev.runnel.datasets.motion;

import dev.runnel.datasets.Dataset;
import java.util.Arrays;

/** Classifiers on summary statistics, to ask what a dataset gives away without the order of its steps. */
final class OrderFree {
  private OrderFree() {}

  private static final double[] QUANTILES = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};

  /** Mean, deviation and seven quantiles of each channel in each of {@code parts} equal stretches of time. */
  static double[] statistics(Dataset data, int row, int parts) {
    int channels = data.channels();
    int steps = data.length(row);
    double[] values = new double[steps * channels];
    data.read(row, values);
    double[] out = new double[parts * channels * (2 + QUANTILES.length)];
    int at = 0;
    for (int part = 0; part < parts; part++) {
      int from = part * steps / parts;
      int to = (part + 1) * steps / parts;
      for (int c = 0; c < channels; c++) {
        double[] x = new double[to - from];
        for (int t = from; t < to; t++) {
          x[t - from] = values[t * channels + c];
        }
        double mean = Arrays.stream(x).average().orElse(0);
        out[at++] = mean;
        out[at++] = Math.sqrt(Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElse(0));
        Arrays.sort(x);
        for (double q : QUANTILES) {
          out[at++] = x[(int) Math.round(q * (x.length - 1))];
        }
      }
    }
    return out;
  }

  /** Test accuracy of multinomial logistic regression by gradient descent on standardised statistics. */
  static double logistic(double[][] x, int[] y, int train, int classes) {
    double[][] z = standardised(x, train);
    int width = z[0].length;
    double[][] w = new double[classes][width + 1];
    double[][] velocity = new double[classes][width + 1];
    for (int pass = 0; pass < 400; pass++) {
      double[][] gradient = new double[classes][width + 1];
      for (int i = 0; i < train; i++) {
        double[] p = softmax(scores(w, z[i]));
        for (int k = 0; k < classes; k++) {
          double error = p[k] - (y[i] == k ? 1 : 0);
          for (int j = 0; j < width; j++) {
            gradient[k][j] += error * z[i][j];
          }
          gradient[k][width] += error;
        }
      }
      for (int k = 0; k < classes; k++) {
        for (int j = 0; j <= width; j++) {
          velocity[k][j] = 0.9 * velocity[k][j] - 0.1 * (gradient[k][j] / train + 1e-3 * w[k][j]);
          w[k][j] += velocity[k][j];
        }
      }
    }
    int right = 0;
    for (int i = train; i < z.length; i++) {
      double[] s = scores(w, z[i]);
      int best = 0;
      for (int k = 1; k < classes; k++) {
        best = s[k] > s[best] ? k : best;
      }
      right += best == y[i] ? 1 : 0;
    }
    return right / (double) (z.length - train);
  }

  /** Test accuracy of the vote of the five nearest train rows in standardised statistics. */
  static double neighbours(double[][] x, int[] y, int train, int classes) {
    double[][] z = standardised(x, train);
    int right = 0;
    for (int i = train; i < z.length; i++) {
      double[] distance = new double[train];
      Integer[] order = new Integer[train];
      for (int j = 0; j < train; j++) {
        order[j] = j;
        for (int f = 0; f < z[i].length; f++) {
          double d = z[i][f] - z[j][f];
          distance[j] += d * d;
        }
      }
      Arrays.sort(order, (a, b) -> Double.compare(distance[a], distance[b]));
      int[] votes = new int[classes];
      for (int v = 0; v < 5; v++) {
        votes[y[order[v]]]++;
      }
      int best = 0;
      for (int k = 1; k < classes; k++) {
        best = votes[k] > votes[best] ? k : best;
      }
      right += best == y[i] ? 1 : 0;
    }
    return right / (double) (z.length - train);
  }

  private static double[] scores(double[][] w, double[] x) {
    double[] s = new double[w.length];
    for (int k = 0; k < w.length; k++) {
      s[k] = w[k][x.length];
      for (int j = 0; j < x.length; j++) {
        s[k] += w[k][j] * x[j];
      }
    }
    return s;
  }

  private static double[] softmax(double[] s) {
    double most = Arrays.stream(s).max().orElse(0);
    double[] e = Arrays.stream(s).map(v -> Math.exp(v - most)).toArray();
    double sum = Arrays.stream(e).sum();
    return Arrays.stream(e).map(v -> v / sum).toArray();
  }

  private static double[][] standardised(double[][] x, int train) {
    double[][] z = new double[x.length][x[0].length];
    for (int f = 0; f < x[0].length; f++) {
      double mean = 0;
      double square = 0;
      for (int i = 0; i < train; i++) {
        mean += x[i][f] / train;
        square += x[i][f] * x[i][f] / train;
      }
      double deviation = Math.sqrt(Math.max(1e-12, square - mean * mean));
      for (int i = 0; i < x.length; i++) {
        z[i][f] = (x[i][f] - mean) / deviation;
      }
    }
    return z;
  }
}
