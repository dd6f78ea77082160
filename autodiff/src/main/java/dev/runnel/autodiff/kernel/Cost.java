package dev.runnel.autodiff.kernel;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Pointwise;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How many primitives a row of the table expands to. */
final class Cost {
  private static final Map<DType, Map<Pointwise, Integer>> KNOWN =
      Map.of(
          DType.F32, Collections.synchronizedMap(new EnumMap<>(Pointwise.class)),
          DType.F64, Collections.synchronizedMap(new EnumMap<>(Pointwise.class)),
          DType.I32, Collections.synchronizedMap(new EnumMap<>(Pointwise.class)));

  private Cost() {}

  static int of(Pointwise row, DType type) {
    return requireNonNull(KNOWN.get(type)).computeIfAbsent(row, r -> {
      var counter = new Counter(type);
      r.expand(counter, Collections.nCopies(r.arity(), 0));
      return counter.count;
    });
  }

  private static final class Counter implements Arithmetic<Integer> {
    private final DType type;
    private int count;

    Counter(DType type) {
      this.type = type;
    }

    @Override
    public DType type() {
      return type;
    }

    @Override
    public Integer constant(double value) {
      return 0;
    }

    @Override
    public Integer integer(long value) {
      return 0;
    }

    @Override
    public Integer compute(Prim prim, List<Integer> x) {
      return count += prim == Prim.SQRT || prim == Prim.DIV ? 2 : 1;
    }
  }
}
