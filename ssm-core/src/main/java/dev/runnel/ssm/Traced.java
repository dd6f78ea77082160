package dev.runnel.ssm;

import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A cell's step, recorded.
 *
 * @param names what the body's inputs {@code u0, u1, ..} are: drives by name, parameters by path, the mask
 */
record Traced(Body body, List<String> names) {
  static final String MASK = "\0mask";

  static Traced of(Cell cell, Scope p, Drives drives, boolean masked) {
    var main = p.tape();
    var where = cell.getClass().getSimpleName().isEmpty() ? "step" : cell.getClass().getSimpleName() + ".step";
    var lanes = cell.state().lanes();
    var recorded = new Tape(main.type());
    var states = new ArrayList<Tensor>();
    for (int k = 0; k < cell.state().components(); k++) {
      states.add(recorded.input("x" + k, lanes));
    }
    var names = new ArrayList<String>();
    Map<String, Tensor> perStep = new LinkedHashMap<>();
    drives
        .byName()
        .forEach(
            (name, drive) -> {
              if (drive.shape().rank() != lanes.rank() + 2) {
                throw new IllegalArgumentException(
                    "%s: drive '%s' (B, T, %s lanes) expected, %s came"
                        .formatted(where, name, lanes, drive.shape()));
              }
              perStep.put(
                  name,
                  recorded.input(
                      "u" + names.size(), drive.type(), drive.shape().range(2, drive.shape().rank())));
              names.add(name);
            });
    var next =
        cell.step(new Scope(recorded, p.path()), new State(states), new Drives(perStep))
            .left(where, states.size(), recorded);
    var outputs = new ArrayList<Tensor>();
    for (int k = 0; k < states.size(); k++) {
      var y = next.get(k);
      y = y.shape().equals(lanes) || y.shape().size() > lanes.size() ? y : y.broadcastTo(lanes);
      if (masked) {
        y = recorded.input(MASK, lanes).select(y, states.get(k));
      }
      outputs.add(y);
    }
    var body = new Body(recorded, outputs);
    body.check(where, lanes);
    for (var declaration : recorded.declarations()) {
      main.variable(declaration);
    }
    return numbered(body, names, recorded, masked);
  }

  /** The body with parameters and mask as inputs like any drive. */
  private static Traced numbered(Body body, List<String> drives, Tape recorded, boolean masked) {
    var names = new ArrayList<>(drives);
    recorded.declarations().forEach(d -> names.add(d.path()));
    if (masked) {
      names.add(MASK);
    }
    var tape = new Tape(recorded.type());
    var lanes = body.outputs().getFirst().shape();
    var outputs =
        body.on(
            tape,
            name -> {
              if (name.startsWith(Body.PARAMETER)) {
                var path = name.substring(1);
                var parameter = recorded.variables().get(path);
                return parameter == null
                    ? tape.input(name, lanes)
                    : tape.input("u" + names.indexOf(path), parameter.type(), parameter.shape());
              }
              if (name.equals(MASK)) {
                return tape.input("u" + names.indexOf(MASK), lanes);
              }
              var input = recorded.inputs().get(name);
              return input == null ? tape.input(name, lanes) : tape.input(name, input.type(), input.shape());
            });
    return new Traced(new Body(tape, outputs.stream().map(y -> y.broadcastTo(lanes)).toList()), names);
  }
}
