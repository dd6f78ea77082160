package dev.runnel.models.laws;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.models.Layer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A layer or model recorded over inputs {@code x (B, T, inputs)}: outputs {@code out}, {@code loss = sum(out g)} and
 * {@code grad ..} by {@code x} and every parameter.
 */
record Graph(Tape tape, Tensor out, Map<String, Tensor> wrt) {

  static Graph of(DType type, Layer layer, Shape inputs, boolean masked, Scope.Purpose purpose) {
    var tape = new Tape(type);
    var x = tape.input("x", inputs);
    var lengths = masked ? tape.input("lengths", DType.I32, Shape.of(inputs.get(0))) : null;
    var scope = tape.scope().with(purpose);
    var out = layer.apply(scope, x, lengths);
    var loss = out.times(tape.input("g", out.shape())).sum();
    tape.output("out", out);
    tape.output("loss", loss);
    var wrt = new LinkedHashMap<>(tape.parameters());
    wrt.put("x", x);
    var names = new ArrayList<>(wrt.keySet());
    var gradients = tape.gradients(loss, List.copyOf(wrt.values()));
    for (int i = 0; i < names.size(); i++) {
      tape.output("grad " + names.get(i), gradients.get(i));
    }
    return new Graph(tape, out, wrt);
  }

  /** Values for all that is read; variances are positive, what is whole is whole, and all fit into a float. */
  Map<String, double[]> values(long seed) {
    var random = new SplittableRandom(seed);
    var values = new LinkedHashMap<String, double[]>();
    tape.inputs().forEach((name, t) -> values.put(name, drawn(random, t, 1.7)));
    tape.variables().forEach((path, t) -> {
      var drawn = drawn(random, t, 1);
      if (path.endsWith("running_var")) {
        for (int i = 0; i < drawn.length; i++) {
          drawn[i] = 0.5f + Math.abs(drawn[i]);
        }
      }
      values.put(path, drawn);
    });
    return values;
  }

  private static double[] drawn(SplittableRandom random, Tensor t, double bound) {
    return t.type() == DType.I32
        ? random.ints(t.shape().size()).asDoubleStream().toArray()
        : random.doubles(t.shape().size(), -bound, bound).map(v -> (float) v).toArray();
  }
}
