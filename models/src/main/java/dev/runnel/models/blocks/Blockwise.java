package dev.runnel.models.blocks;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Pass;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Site;
import dev.runnel.ssm.Expanded;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A function of blocks, computed a block after the other: what lies between its operands and its results is in memory
 * for one block at a time. The pullback computes each block again, so there are no second derivatives.
 *
 * <p>Operands are first those that every block sees whole, then those cut in blocks, {@code (R, count, ..)}, of which a
 * block sees {@code (R, ..)}. Results {@code (S, ..)} of a block become {@code (S, count, ..)}.
 *
 * @param name for people
 * @param wholes how many operands are seen whole
 * @param count blocks, 1 or more
 */
public record Blockwise(String name, int wholes, int count, Body body) implements Primitive {

  /** What is computed of a block. */
  @FunctionalInterface
  public interface Body {
    List<Tensor> apply(List<Tensor> whole, List<Tensor> block);
  }

  /** Applies a function; one result each of the body's. */
  public static List<Tensor> apply(String name, int count, List<Tensor> whole, List<Tensor> cut, Body body) {
    var operands = new ArrayList<>(whole);
    operands.addAll(cut);
    return operands.getFirst().tape().call(new Blockwise(name, whole.size(), count, body), operands);
  }

  /** What a block sees, as inputs of a pass. */
  private List<Tensor> seen(Pass pass, List<Tensor> operands) {
    var seen = new ArrayList<Tensor>();
    for (int k = 0; k < operands.size(); k++) {
      seen.add(k < wholes ? pass.whole(operands.get(k)) : pass.at(operands.get(k)).at(1, 0));
    }
    return seen;
  }

  private List<Tensor> of(List<Tensor> seen) {
    return body.apply(seen.subList(0, wholes), seen.subList(wholes, seen.size()));
  }

  @Override
  public List<Spec> results(List<Spec> operands) {
    var type = operands.stream().map(Spec::type).filter(DType::isFloat).findFirst().orElse(DType.F32);
    var tape = new Tape(type);
    var seen = new ArrayList<Tensor>();
    for (int k = 0; k < operands.size(); k++) {
      var shape = operands.get(k).shape();
      if (k >= wholes && (shape.rank() < 2 || shape.get(1) != count)) {
        throw new IllegalArgumentException(
            "%s: operands (R, %d, ..) cut in blocks expected, %s came".formatted(name, count, shape));
      }
      var x = tape.input("o" + k, operands.get(k).type(), shape);
      seen.add(k < wholes ? x : x.at(1, 0));
    }
    return of(seen).stream().map(y -> new Spec(y.type(), kept(y).shape().with(1, count))).toList();
  }

  private static Tensor kept(Tensor y) {
    return y.unsqueeze(1);
  }

  @Override
  public List<Tensor> expand(List<Tensor> operands) {
    return operands.getFirst().tape().repeat(count, 1, false, List.of(), pass ->
        new Pass.Left(List.of(), of(seen(pass, operands)).stream().map(Blockwise::kept).toList()));
  }

  @Override
  public List<@Nullable Tensor> pullback(
      List<Tensor> operands, List<Tensor> results, List<@Nullable Tensor> cotangents) {
    var tape = operands.getFirst().tape();
    var given = IntStream.range(0, results.size()).filter(k -> cotangents.get(k) != null).boxed().toList();
    var floats = IntStream.range(0, operands.size()).filter(k -> operands.get(k).type().isFloat()).boxed().toList();
    var carried = floats.stream().filter(k -> k < wholes).map(k -> operands.get(k).like(0)).toList();
    var slopes = tape.repeat(count, 1, false, carried, pass -> {
      var seen = seen(pass, operands);
      var outputs = of(seen);
      var flowing = new ArrayList<Tensor>();
      for (int k : given) {
        flowing.add(pass.at(java.util.Objects.requireNonNull(cotangents.get(k))).at(1, 0));
      }
      var own =
          pass.tape().gradients(given.stream().map(outputs::get).toList(), flowing, floats.stream().map(seen::get).toList());
      var next = new ArrayList<Tensor>();
      var kept = new ArrayList<Tensor>();
      for (int i = 0; i < floats.size(); i++) {
        if (floats.get(i) < wholes) {
          next.add(pass.carried(next.size()).plus(own.get(i)));
        } else {
          kept.add(kept(own.get(i)));
        }
      }
      return new Pass.Left(next, kept);
    });
    var gradients = new ArrayList<@Nullable Tensor>(Collections.nCopies(operands.size(), null));
    for (int i = 0; i < floats.size(); i++) {
      gradients.set(floats.get(i), slopes.get(i));
    }
    return gradients;
  }

  @Override
  public List<double[]> evaluate(List<Spec> operands, List<double[]> values) {
    return Expanded.evaluate(this, operands, values);
  }

  @Override
  public void lower(Site site) {
    throw new IllegalStateException(name + ": expected to be written as passes before it is lowered");
  }

  /** {@code (R, T, ..)} as {@code (R, count, size, ..)}, filled up with zeros. */
  public static Tensor cut(Tensor x, int size) {
    int count = Math.ceilDiv(x.shape().get(1), size);
    var zeros = x.tape().constant(x.type(), 0, x.shape().with(1, count * size - x.shape().get(1)));
    var shape = Shape.of(x.shape().get(0), count, size);
    for (int d : x.shape().range(2, x.shape().rank()).dims()) {
      shape = shape.append(d);
    }
    return Tensor.concat(1, x, zeros).reshape(shape);
  }

  /** {@code (R, count, size, ..)} as {@code (R, steps, ..)}. */
  public static Tensor joined(Tensor x, int steps) {
    var shape = Shape.of(x.shape().get(0), x.shape().get(1) * x.shape().get(2));
    for (int d : x.shape().range(3, x.shape().rank()).dims()) {
      shape = shape.append(d);
    }
    return x.reshape(shape).slice(1, 0, steps);
  }
}
