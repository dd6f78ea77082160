package dev.runnel.autodiff;

import dev.runnel.autodiff.kernel.Site;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A structured operation that plugs in from outside: what it gives, how it slopes, what it computes, and
 * how it becomes kernels. Two equal primitives (records) on equal operands are one node of the tape.
 */
public interface Primitive {

  /** A tensor's type and shape. */
  record Spec(DType type, Shape shape) {}

  String name();

  /**
   * What the operation gives for these operands.
   *
   * @throws IllegalArgumentException in one line, if it does not take them
   */
  List<Spec> results(List<Spec> operands);

  /**
   * Operands' cotangents, written on the tape.
   *
   * @param cotangents one a result; null where nothing depends on the result
   * @return one an operand; null for zero
   */
  List<@Nullable Tensor> pullback(List<Tensor> operands, List<Tensor> results, List<@Nullable Tensor> cotangents);

  /** The plain evaluation in double, for the oracle: dense row-major arrays in and out. */
  List<double[]> evaluate(List<Spec> operands, List<double[]> values);

  /**
   * The results written in other operations on the operands' tape, before it is lowered; null, the default,
   * where {@link #lower} writes Loops.
   */
  default @Nullable List<Tensor> expand(List<Tensor> operands) {
    return null;
  }

  /** Writes the Loops that compute the node's results. */
  void lower(Site site);
}
