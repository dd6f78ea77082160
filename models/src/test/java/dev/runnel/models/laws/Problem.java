package dev.runnel.models.laws;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.Scan.Initial;
import dev.runnel.ssm.Solver;
import dev.runnel.ssm.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A scan with everything that can be asked of it: outputs {@code out, x<k>, last<k>}, Jacobians {@code J<i><j>},
 * {@code loss = sum(out gout) + sum(last glast)} and its gradients by whatever is named in {@code wrt}.
 */
record Problem(Tape tape, Tensor loss, Map<String, Tensor> wrt) {

  /** What states begin with. */
  enum Begin {
    ZERO,
    LEARNT,
    GIVEN
  }

  static Problem of(DType type, Cell cell, int batch, int steps, int inputs, Begin begin, boolean masked) {
    return of(type, cell, Solver.sequential(), batch, steps, inputs, begin, masked);
  }

  static Problem of(
      DType type, Cell cell, Solver solver, int batch, int steps, int inputs, Begin begin, boolean masked) {
    var tape = new Tape(type);
    var u = tape.input("u", Shape.of(batch, steps, inputs));
    var wrt = new LinkedHashMap<String, Tensor>();
    wrt.put("u", u);
    var lanes = cell.state().lanes();
    var first = new ArrayList<Tensor>();
    for (int k = 0; begin == Begin.GIVEN && k < cell.state().components(); k++) {
      first.add(tape.input("first" + k, lanes.rank() == 1
          ? Shape.of(batch, lanes.get(0)) : Shape.of(batch, lanes.get(0), lanes.get(1))));
      wrt.put("first" + k, first.getLast());
    }
    var lengths = masked ? tape.input("lengths", DType.I32, Shape.of(batch)) : null;
    var run =
        Scan.of(cell)
            .withSolver(solver)
            .withInitial(begin == Begin.LEARNT ? Initial.LEARNT : Initial.ZERO)
            .run(tape.scope().scope("cell"), u, lengths, first.isEmpty() ? null : new State(first));
    wrt.putAll(tape.parameters());
    tape.output("out", run.output());
    if (run.solution() instanceof Scan.Solution solution) {
      tape.output("iterations", solution.iterations());
      tape.output("bound", solution.bound());
      tape.output("finished", solution.finished());
    }
    var loss = run.output().times(tape.input("gout", run.output().shape())).sum();
    for (int k = 0; k < cell.state().components(); k++) {
      var last = run.last().components().get(k);
      tape.output("x" + k, run.states().components().get(k));
      tape.output("last" + k, last);
      loss = loss.plus(last.times(tape.input("glast" + k, last.shape())).sum());
      for (int j = 0; j < cell.state().components(); j++) {
        tape.output("J" + k + j, run.jacobian().get(k, j));
      }
    }
    tape.output("loss", loss);
    return new Problem(tape, loss, wrt);
  }

  Problem withGradients() {
    gradients().forEach(tape::output);
    return this;
  }

  /** Gradients of {@code sum_i (d loss / d i) . v_i}, the {@code v} being inputs. */
  Problem withSecondDerivatives() {
    var slope = tape.constant(0);
    for (var g : gradients().entrySet()) {
      slope = slope.plus(g.getValue().times(tape.input("v " + g.getKey(), g.getValue().shape())).sum());
    }
    tape.output("slope", slope);
    var names = List.copyOf(wrt.keySet());
    var second = tape.gradients(slope, List.copyOf(wrt.values()));
    for (int i = 0; i < names.size(); i++) {
      tape.output("second " + names.get(i), second.get(i));
    }
    return this;
  }

  private Map<String, Tensor> gradients() {
    var result = new LinkedHashMap<String, Tensor>();
    var gradients = tape.gradients(loss, List.copyOf(wrt.values()));
    for (var name : wrt.keySet()) {
      result.put("grad " + name, gradients.get(result.size()));
    }
    return result;
  }

  /** Values for everything that is read, uniform with the deviation 1, 0.6 for variables. */
  Map<String, double[]> values(long seed) {
    var random = new SplittableRandom(seed);
    var values = new LinkedHashMap<String, double[]>();
    tape.inputs().forEach((name, t) ->
        values.put(name, random.doubles(t.shape().size(), -1.7, 1.7).map(v -> (float) v).toArray()));
    tape.variables().forEach((path, t) ->
        values.put(path, random.doubles(t.shape().size(), -1, 1).map(v -> (float) v).toArray()));
    return values;
  }
}
