package dev.runnel.ssm;

import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Vector-Jacobian products of a body, as bodies: inputs are its own and cotangents {@code l0, l1, ..} of its
 * outputs.
 */
record Slopes(Body body, int components, List<@Nullable Tensor> ofDrive) {
  Slopes(Body step, int components, int drives, Shape lanes) {
    this(products(step, components, drives, lanes), components, new ArrayList<>());
    for (int k = 0; k < drives; k++) {
      var slope = body.outputs().get(components + k);
      boolean flat = body.tape().node(slope.id()).op() instanceof Op.Constant(double c) && c == 0;
      ofDrive.add(flat ? null : slope);
    }
  }

  private static Body products(Body step, int components, int drives, Shape lanes) {
    var tape = new Tape(step.tape().type());
    var wrt = new ArrayList<Tensor>();
    for (int k = 0; k < components; k++) {
      wrt.add(tape.input("x" + k, lanes));
    }
    for (int k = 0; k < drives; k++) {
      wrt.add(tape.input("u" + k, lanes));
    }
    var ys = step.on(tape, name -> tape.input(name, lanes)).stream().map(y -> y.broadcastTo(lanes)).toList();
    var lambda = new ArrayList<Tensor>();
    for (int k = 0; k < components; k++) {
      lambda.add(tape.input("l" + k, lanes));
    }
    return new Body(tape, tape.gradients(ys, lambda, wrt));
  }

  /** The step of the reversed recurrence: states {@code mu}, drives x.., u.., g.. in this order. */
  Body reversed() {
    var tape = new Tape(body.tape().type());
    int drives = ofDrive.size();
    var lanes = body.outputs().getFirst().shape();
    Function<String, Tensor> at =
        name -> {
          int k = Integer.parseInt(name.substring(1));
          return switch (name.charAt(0)) {
            case 'x' -> tape.input("u" + k, lanes);
            case 'u' -> tape.input("u" + (components + k), lanes);
            default -> tape.input("u" + (components + drives + k), lanes).plus(tape.input("x" + k, lanes));
          };
        };
    return new Body(tape, body.on(tape, at, body.outputs().subList(0, components)));
  }
}
