package dev.runnel.autodiff.simd;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Arithmetic;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Prim;
import java.util.ArrayList;
import java.util.List;

/** Instructions written by calls, equal ones once. */
record LoopWriter(DType type, List<Ins> list) implements Arithmetic<Integer> {
  LoopWriter(DType type) {
    this(type, new ArrayList<>());
  }

  int add(Ins ins) {
    int known = list.indexOf(ins);
    if (known >= 0 && !(ins instanceof Ins.Store) && !(ins instanceof Ins.Reduce)) {
      return known;
    }
    list.add(ins);
    return list.size() - 1;
  }

  int load(int operand) {
    return add(new Ins.Load(operand, -1));
  }

  @Override
  public Integer constant(double value) {
    return add(new Ins.Const(Kind.FLOAT, value));
  }

  @Override
  public Integer integer(long value) {
    return add(new Ins.Const(Kind.INT, value));
  }

  @Override
  public Integer compute(Prim prim, List<Integer> x) {
    return add(new Ins.Compute(prim, x.get(0), x.size() > 1 ? x.get(1) : -1, x.size() > 2 ? x.get(2) : -1));
  }
}
