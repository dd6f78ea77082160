package dev.runnel.models.dense;

import static java.lang.Math.abs;
import static java.lang.Math.exp;
import static java.lang.Math.tanh;

import dev.runnel.models.dense.DenseGru.Reset;
import dev.runnel.models.lrc.Lrc.Elastance;
import dev.runnel.models.lrc.Lrc.Form;
import dev.runnel.models.lrc.Lrc.Integration;
import dev.runnel.models.lrc.Lrc.Neuron;
import dev.runnel.ssm.DenseCell;
import java.util.Map;

/** The dense cells' equations written out state by state in double, sharing nothing with the cells. */
record Plain(DenseCell cell, int inputs, int d, Map<String, double[]> values) {

  private double at(String name, int i) {
    return values.get("cell." + name)[i];
  }

  private static double sig(double x) {
    return 1 / (1 + exp(-x));
  }

  /** {@code out} of a row, (T, D), from its inputs (T, P). */
  double[] run(double[] u) {
    int steps = u.length / inputs;
    double[] out = new double[steps * d];
    double[] h = new double[d];
    double[] c = new double[d];
    for (int t = 0; t < steps; t++) {
      double[] now = java.util.Arrays.copyOfRange(u, t * inputs, (t + 1) * inputs);
      h = switch (cell) {
        case DenseGru(int _, Reset reset) -> gru(now, h, reset);
        case DenseMgu _ -> mgu(now, h);
        case DenseLstm _ -> lstm(now, h, c);
        case DenseRnn _ -> rnn(now, h);
        case DenseLtc(int _, int unfolds, double dt) -> ltc(now, h, unfolds, dt);
        case DenseLrc(int _, var options) -> lrc(now, h, options);
        default -> throw new AssertionError(cell);
      };
      System.arraycopy(h, 0, out, t * d, d);
    }
    return out;
  }

  /** {@code W_i u + b_i} of a row of the stacked matrices. */
  private double in(int row, double[] u) {
    double sum = at("bias_ih", row);
    for (int j = 0; j < inputs; j++) {
      sum += at("weight_ih", row * inputs + j) * u[j];
    }
    return sum;
  }

  private double back(int row, double[] h) {
    double sum = at("bias_hh", row);
    for (int j = 0; j < d; j++) {
      sum += at("weight_hh", row * d + j) * h[j];
    }
    return sum;
  }

  private double[] gru(double[] u, double[] h, Reset reset) {
    double[] held = new double[d];
    for (int i = 0; i < d; i++) {
      held[i] = sig(in(i, u) + back(i, h)) * h[i];
    }
    double[] next = new double[d];
    for (int i = 0; i < d; i++) {
      double r = sig(in(i, u) + back(i, h));
      double z = sig(in(d + i, u) + back(d + i, h));
      double n = reset == Reset.AFTER
          ? tanh(in(2 * d + i, u) + r * back(2 * d + i, h))
          : tanh(in(2 * d + i, u) + back(2 * d + i, held));
      next[i] = (1 - z) * n + z * h[i];
    }
    return next;
  }

  private double[] mgu(double[] u, double[] h) {
    double[] held = new double[d];
    for (int i = 0; i < d; i++) {
      held[i] = sig(in(i, u) + back(i, h)) * h[i];
    }
    double[] next = new double[d];
    for (int i = 0; i < d; i++) {
      double f = sig(in(i, u) + back(i, h));
      next[i] = (1 - f) * h[i] + f * tanh(in(d + i, u) + back(d + i, held));
    }
    return next;
  }

  /** Changes {@code c}. */
  private double[] lstm(double[] u, double[] h, double[] c) {
    double[] next = new double[d];
    for (int k = 0; k < d; k++) {
      double i = sig(in(k, u) + back(k, h));
      double f = sig(in(d + k, u) + back(d + k, h));
      double g = tanh(in(2 * d + k, u) + back(2 * d + k, h));
      double o = sig(in(3 * d + k, u) + back(3 * d + k, h));
      c[k] = f * c[k] + i * g;
      next[k] = o * tanh(c[k]);
    }
    return next;
  }

  private double[] rnn(double[] u, double[] h) {
    double[] next = new double[d];
    for (int i = 0; i < d; i++) {
      next[i] = tanh(in(i, u) + back(i, h));
    }
    return next;
  }

  private double[] ltc(double[] u, double[] start, int unfolds, double dt) {
    double[] x = start;
    double h = dt / unfolds;
    for (int k = 0; k < unfolds; k++) {
      double[] next = new double[d];
      for (int i = 0; i < d; i++) {
        double f = sig(in(i, u) + back(i, x));
        next[i] = (x[i] + h * f * at("A", i)) / (1 + h * (1 / exp(at("log_tau", i)) + f));
      }
      x = next;
    }
    return x;
  }

  private double[] lrc(double[] u, double[] x, DenseLrc.Options options) {
    boolean positive = options.form() == Form.PAPER;
    double dt = options.dt();
    double[] next = new double[d];
    for (int i = 0; i < d; i++) {
      double leak = positive ? abs(at("leak", i)) : at("leak", i);
      double f = leak;
      double z = leak;
      double r = options.neuron() == Neuron.LRC ? at("bias", i) : 0;
      for (int j = 0; j < inputs + d; j++) {
        var of = j < inputs ? "input_" : "";
        double y = j < inputs ? u[j] : x[j - inputs];
        int from = j < inputs ? j : j - inputs;
        double s = sig(at(of + "a", from * d + i) * y + at(of + "b", from * d + i));
        double g = at(of + "g", from * d + i);
        f += (positive ? abs(g) : g) * s;
        z += at(of + "k", from * d + i) * s;
        if (options.neuron() == Neuron.LRC) {
          r += (j < inputs ? at("weight_ih", i * inputs + from) : at("weight_hh", i * d + from)) * y;
        }
      }
      double shift = options.elastance() == Elastance.SYMMETRIC ? at("elastance_shift", i) : 0;
      double el = options.neuron() != Neuron.LRC ? 1
          : options.elastance() == Elastance.SYMMETRIC ? sig(r + shift) - sig(r - shift) : sig(r);
      boolean saturated = options.neuron() != Neuron.LTC;
      double forget = saturated ? sig(f) : f;
      double update = at("e", i) * (saturated ? tanh(z) : z);
      next[i] = options.integration() == Integration.EXPLICIT
          ? x[i] + dt * el * (update - forget * x[i])
          : (x[i] + dt * el * update) / (1 + dt * el * forget);
    }
    return next;
  }
}
