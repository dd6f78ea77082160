package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** One step being written; values are numbers of the Loop's instructions. */
public final class Step {
  private final Walk walk;
  private final LoopBuilder loop;
  private final Phase phase;
  private final List<Integer> carries;

  Step(Walk walk, LoopBuilder loop, Phase phase, List<Integer> carries) {
    this.walk = walk;
    this.loop = loop;
    this.phase = phase;
    this.carries = carries;
  }

  /** Carried value {@code k} before the step. */
  public int carried(int k) {
    return carries.get(k);
  }

  /** An operand of the node at the present position; it has the space's rank. */
  public int operand(int k) {
    return walk.operand(loop, phase, k);
  }

  /** A tensor of another tape, all of whose operations are pointwise, with its inputs' numbers given by name. */
  public int inline(Tape body, int node, ToIntFunction<String> inputs) {
    return inline(body, node, inputs, new HashMap<>());
  }

  private int inline(Tape body, int id, ToIntFunction<String> inputs, Map<Integer, Integer> known) {
    var before = known.get(id);
    if (before != null) {
      return before;
    }
    var node = body.node(id);
    var x = node.operands().stream().map(o -> inline(body, o, inputs, known)).toList();
    int number =
        switch (node.op()) {
          case Op.Input(String name) -> inputs.applyAsInt(name);
          case Op.Constant(double c) -> loop.constant(phase, node.type() == DType.I32 ? Kind.INT : Kind.FLOAT, c);
          case Op.Point(Pointwise row) -> loop.point(phase, row, node.type(), x);
          case Op.Broadcast(), Op.Reshape(), Op.Stop() -> x.getFirst();
          default -> throw new IllegalStateException("lowering: a pointwise step expected, " + node.op() + " came");
        };
    known.put(id, number);
    return number;
  }
}
