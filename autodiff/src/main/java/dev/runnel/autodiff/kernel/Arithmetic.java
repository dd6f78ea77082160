package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import java.util.List;

/**
 * Something that primitive instructions can be written to: a Loop's body being built, or plain numbers
 * for a test. Maths rows are written against this, once for every type and backend.
 *
 * @param <V> a value: an instruction's number, or the number itself
 */
public interface Arithmetic<V> {

  /** The floating type computed in, F32 or F64. */
  DType type();

  /** Whether functions are the device's own ({@link Prim#EXP} and those after it), as where bits can't be cast. */
  default boolean own() {
    return false;
  }

  /** A FLOAT constant. */
  V constant(double value);

  /** An INT constant. */
  V integer(long value);

  /** One primitive of as many values as it takes. */
  V compute(Prim prim, List<V> x);

  default V compute(Prim prim, V a) {
    return compute(prim, List.of(a));
  }

  default V compute(Prim prim, V a, V b) {
    return compute(prim, List.of(a, b));
  }

  default V compute(Prim prim, V a, V b, V c) {
    return compute(prim, List.of(a, b, c));
  }

  default V add(V a, V b) {
    return compute(Prim.ADD, a, b);
  }

  default V sub(V a, V b) {
    return compute(Prim.SUB, a, b);
  }

  default V mul(V a, V b) {
    return compute(Prim.MUL, a, b);
  }

  default V div(V a, V b) {
    return compute(Prim.DIV, a, b);
  }

  /** {@code a * b + c}, rounded once. */
  default V fma(V a, V b, V c) {
    return compute(Prim.FMA, a, b, c);
  }

  /** {@code mask ? a : b}. */
  default V select(V mask, V a, V b) {
    return compute(Prim.SEL, mask, a, b);
  }
}
