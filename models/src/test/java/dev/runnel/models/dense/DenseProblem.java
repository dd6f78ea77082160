package dev.runnel.models.dense;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.DenseCell;
import dev.runnel.ssm.DenseScan;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.Scan.Initial;
import dev.runnel.ssm.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A dense recurrence with all that can be asked of it, run by its scan or written out step by step on the tape: outputs
 * {@code out, x<k>, last<k>}, {@code loss = sum(out gout) + sum(last glast)}, gradients by whatever is in {@code wrt}.
 */
record DenseProblem(Tape tape, Tensor loss, Map<String, Tensor> wrt) {

  enum Begin {
    ZERO,
    LEARNT,
    GIVEN
  }

  /** How it is run. */
  enum Way {
    SCAN,
    UNROLLED
  }

  record Size(int batch, int steps, int inputs, Begin begin, boolean masked) {}

  static DenseProblem of(DType type, DenseCell cell, Size size, Way way) {
    var tape = new Tape(type);
    var u = tape.input("u", Shape.of(size.batch(), size.steps(), size.inputs()));
    var wrt = new LinkedHashMap<String, Tensor>();
    wrt.put("u", u);
    int d = cell.state().lanes().get(0);
    int components = cell.state().components();
    var given = new ArrayList<Tensor>();
    for (int k = 0; size.begin() == Begin.GIVEN && k < components; k++) {
      given.add(tape.input("first" + k, Shape.of(size.batch(), d)));
      wrt.put("first" + k, given.getLast());
    }
    var lengths = size.masked() ? tape.input("lengths", DType.I32, Shape.of(size.batch())) : null;
    var p = tape.scope().scope("cell");
    Tensor out;
    State states;
    State last;
    if (way == Way.SCAN) {
      var initial = size.begin() == Begin.LEARNT ? Initial.LEARNT : Initial.ZERO;
      var run = DenseScan.of(cell).withInitial(initial).run(p, u, lengths, given.isEmpty() ? null : new State(given));
      out = run.output();
      states = run.states();
      last = run.last();
    } else {
      var x = new ArrayList<Tensor>();
      var all = new ArrayList<List<Tensor>>();
      for (int k = 0; k < components; k++) {
        var begin = size.begin() == Begin.LEARNT
            ? p.scope("x0").parameter("" + k, Shape.of(d), Init.zeros()).broadcastTo(Shape.of(size.batch(), d))
            : tape.constant(type, 0, Shape.of(size.batch(), d));
        x.add(given.isEmpty() ? begin : given.get(k));
        all.add(new ArrayList<>(List.of(tape.constant(type, 0, Shape.of(size.batch(), 0, d)))));
      }
      var drives = cell.drive(p, u);
      for (int t = 0; t < size.steps(); t++) {
        var here = new LinkedHashMap<String, Tensor>();
        for (var drive : drives.byName().entrySet()) {
          here.put(drive.getKey(), drive.getValue().at(1, t));
        }
        var next = cell.step(p, new State(x), new Drives(here)).components();
        for (int k = 0; k < components; k++) {
          var y = next.get(k);
          if (lengths != null) {
            y = tape.constant(DType.I32, t, lengths.shape()).less(lengths).toFloat().unsqueeze(1).select(y, x.get(k));
          }
          x.set(k, y);
          all.get(k).add(y.unsqueeze(1));
        }
      }
      states = new State(all.stream().map(parts -> Tensor.concat(1, parts)).toList());
      last = new State(x);
      out = cell.readout(p, states, drives);
    }
    wrt.putAll(tape.parameters());
    tape.output("out", out.plus(0));
    var loss = out.times(tape.input("gout", out.shape())).sum();
    for (int k = 0; k < components; k++) {
      var end = last.components().get(k);
      tape.output("x" + k, states.components().get(k).plus(0));
      tape.output("last" + k, end.plus(0));
      loss = loss.plus(end.times(tape.input("glast" + k, end.shape())).sum());
    }
    tape.output("loss", loss);
    return new DenseProblem(tape, loss, wrt);
  }

  DenseProblem withGradients() {
    gradients(loss).forEach((name, g) -> tape.output("grad " + name, g));
    return this;
  }

  /** Gradients of {@code sum_i (d loss / d i) . v_i}, the {@code v} being inputs. */
  DenseProblem withSecondDerivatives() {
    var slope = tape.constant(0);
    for (var g : gradients(loss).entrySet()) {
      slope = slope.plus(g.getValue().times(tape.input("v " + g.getKey(), g.getValue().shape())).sum());
    }
    tape.output("slope", slope);
    gradients(slope).forEach((name, g) -> tape.output("second " + name, g));
    return this;
  }

  private Map<String, Tensor> gradients(Tensor of) {
    var result = new LinkedHashMap<String, Tensor>();
    var gradients = tape.gradients(of, List.copyOf(wrt.values()));
    for (var name : wrt.keySet()) {
      result.put(name, gradients.get(result.size()));
    }
    return result;
  }

  /** Values for everything that is read, functions of its name and of the seed, that fit into a float. */
  Map<String, double[]> values(long seed) {
    var values = new LinkedHashMap<String, double[]>();
    tape.inputs().forEach((name, t) -> values.put(name, drawn(name, seed, t, 1.7)));
    tape.variables().forEach((path, t) -> values.put(path, drawn(path, seed, t, 0.8)));
    return values;
  }

  private static double[] drawn(String name, long seed, Tensor t, double bound) {
    return new SplittableRandom(seed * 31 + name.hashCode())
        .doubles(t.shape().size(), -bound, bound)
        .map(v -> (float) v)
        .toArray();
  }
}
