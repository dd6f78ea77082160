package dev.runnel.autodiff.codegen;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Loop;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.function.IntConsumer;

/**
 * Writes reductions and scatters. A sum is kept in a variable inside the innermost loop that its operand
 * moves along, and brought to memory where that loop's step ends.
 */
final class Folds {
  private final Loop loop;
  private final Analysis analysis;
  private final Code code;
  private final CodeBuilder b;
  private final Generator nest;
  private final Values values;
  private final int[] sums;

  Folds(Loop loop, Analysis analysis, Code code, Generator nest, Values values) {
    this.loop = loop;
    this.analysis = analysis;
    this.code = code;
    this.nest = nest;
    this.values = values;
    b = code.b;
    sums = new int[analysis.instructions.size()];
  }

  void scatter(Ins.Scatter s) {
    values.address(s.operand(), s.index(), 0);
    int at = b.allocateLocal(TypeKind.LONG);
    b.lstore(at);
    Runnable value = values.pushing(s.value(), 0, code.vector());
    Runnable all = values.lanesOf(s.operand()) || !code.vector() ? value : () -> masked(value, Ins.Fold.SUM);
    combine(s.operand(), all, Ins.Fold.SUM, () -> b.lload(at));
  }

  /** Combines a value, lanes or one number after the code's mode, with what memory holds. */
  private void combine(int operand, Runnable value, Ins.Fold fold, Runnable address) {
    DType type = loop.operands().get(operand).type();
    if (values.lanesOf(operand)) {
      values.storeLanes(
          operand, () -> code.fold(fold, true, () -> values.loadLanes(operand, address, 0), value), address, 0);
      return;
    }
    address.run();
    Runnable old = () -> {
      address.run();
      code.loadOne(operand, type);
    };
    code.fold(fold, false, old, () -> one(value, fold));
    code.storeOne(operand, type);
  }

  /** Pushes the fold of all lanes, through memory: the Vector API's own changes its bits when it is compiled. */
  private void one(Runnable value, Ins.Fold fold) {
    if (!code.vector()) {
      value.run();
      return;
    }
    Runnable slot = nest.slot();
    code.store(loop.type(), value, slot);
    slot.run();
    code.foldLanes(fold);
  }

  /** Pushes lanes with the fold's identity past the row's end. */
  private void masked(Runnable value, Ins.Fold fold) {
    code.blend(Kind.FLOAT, values::pushWithin, value, () -> code.broadcast(Kind.FLOAT, () -> code.identity(fold)));
  }

  void begin(int level) {
    eachSum(level, i -> {
      Ins.Reduce r = (Ins.Reduce) analysis.instructions.get(i);
      Runnable identity = () -> code.identity(r.fold());
      if (code.vector()) {
        code.broadcast(Kind.FLOAT, identity);
      } else {
        identity.run();
      }
      sums[i] = values.store(Kind.FLOAT, code.vector());
    });
  }

  void end(int level) {
    eachSum(level, i -> {
      Ins.Reduce r = (Ins.Reduce) analysis.instructions.get(i);
      finish(i, r, () -> b.loadLocal(code.variable(Kind.FLOAT, code.vector()), sums[i]));
    });
  }

  private void eachSum(int level, IntConsumer action) {
    for (int i = 0; i < sums.length; i++) {
      if (analysis.instructions.get(i) instanceof Ins.Reduce r
          && analysis.sumLevel(i, r.operand()) == level
          && analysis.depth(i) > level) {
        action.accept(i);
      }
    }
  }

  void reduce(int i, Ins.Reduce r) {
    int level = analysis.sumLevel(i, r.operand());
    Runnable value = values.pushing(r.value(), 0, code.vector());
    if (level == analysis.depth(i)) {
      finish(i, r, value);
      return;
    }
    boolean mask = code.vector() && !values.lanesOf(r.operand()) && analysis.vectorLevel > level;
    TypeKind type = code.variable(Kind.FLOAT, code.vector());
    Runnable more = mask ? () -> masked(value, r.fold()) : value;
    code.fold(r.fold(), code.vector(), () -> b.loadLocal(type, sums[i]), more);
    b.storeLocal(type, sums[i]);
  }

  /** Brings a sum, or a single value where there is no inner loop to sum over, to memory. */
  private void finish(int i, Ins.Reduce r, Runnable value) {
    boolean folds = !values.lanesOf(r.operand());
    boolean inside = analysis.vectorLevel <= analysis.sumLevel(i, r.operand());
    Runnable all = code.vector() && folds && inside ? () -> masked(value, r.fold()) : value;
    Runnable address = () -> nest.address(r.operand(), 0);
    if (code.device != null) {
      nest.once(!inside, r.fold(), value, sum -> {
        if (analysis.isWritten(i)) {
          address.run();
          sum.run();
          code.storeOne(r.operand(), loop.operands().get(r.operand()).type());
        } else {
          combine(r.operand(), sum, r.fold(), address);
        }
      });
      return;
    }
    if (!analysis.isWritten(i)) {
      combine(r.operand(), all, r.fold(), address);
      return;
    }
    one(all, r.fold());
    TypeKind type = code.variable(Kind.FLOAT, false);
    int sum = b.allocateLocal(type);
    b.storeLocal(type, sum);
    DType element = loop.operands().get(r.operand()).type();
    Runnable written = () -> {
      address.run();
      b.loadLocal(type, sum);
      code.storeOne(r.operand(), element);
    };
    if (!inside) {
      written.run();
      return;
    }
    nest.ifFirstBlock(written, () -> {
      address.run();
      Runnable old = () -> {
        address.run();
        code.loadOne(r.operand(), element);
      };
      code.fold(r.fold(), false, old, () -> b.loadLocal(type, sum));
      code.storeOne(r.operand(), element);
    });
  }
}
