package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Node;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Pointwise;
import dev.runnel.autodiff.Tape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a tape's outputs and assignments need, which of it must be stored, and what computing the rest takes. */
final class Survey {
  /** Instructions that an expression may have before it is stored rather than written out again. */
  private static final int DEAR = 8;

  /** Instructions of an expression that becomes a Loop of its own. */
  private static final int LARGE = 160;

  private final DType type;
  private final List<Node> nodes;
  private final boolean[] live;
  private final boolean[] carried;
  private final int[] costs;
  private final Set<Integer> anchored = new HashSet<>();
  private final Set<Integer> shared = new HashSet<>();

  Survey(Tape tape) {
    type = tape.type();
    nodes = tape.nodes();
    live = new boolean[nodes.size()];
    carried = new boolean[nodes.size()];
    costs = new int[nodes.size()];
    var roots = new ArrayList<Integer>();
    tape.outputs().values().forEach(t -> roots.add(t.id()));
    tape.assignments().values().forEach(t -> roots.add(t.id()));
    roots.forEach(r -> live[r] = true);
    for (int id = nodes.size() - 1; id >= 0; id--) {
      if (live[id]) {
        nodes.get(id).operands().forEach(o -> live[o] = true);
      }
    }
    int[] uses = new int[nodes.size()];
    roots.forEach(r -> uses[r]++);
    for (int id = 0; id < nodes.size(); id++) {
      if (live[id]) {
        var node = nodes.get(id);
        node.operands().stream().distinct().forEach(o -> uses[o]++);
        carried[id] =
            (node.op() instanceof Op.Input(String name) && name.startsWith("c"))
                || node.operands().stream().anyMatch(o -> carried[o]);
        costs[id] = surveyed(id, node);
      }
    }
    for (int id = 0; id < nodes.size(); id++) {
      if (live[id] && nodes.get(id).op() instanceof Op.Point && uses[id] > 1 && costs[id] > DEAR) {
        shared.add(id);
      }
    }
  }

  /** Whether an output or an assignment needs the node. */
  boolean live(int id) {
    return live[id];
  }

  /** Of a repeat's body: whether the node depends on what is carried. */
  boolean carried(int id) {
    return carried[id];
  }

  /** Whether the node must be stored. */
  boolean anchored(int id) {
    return anchored.contains(id);
  }

  /** Whether several nodes need this one, and it is dear to compute. */
  boolean shared(int id) {
    return shared.contains(id);
  }

  /** Instructions that computing the node in place takes. */
  int cost(int id) {
    return costs[id];
  }

  /** Marks operands that must be stored; gives the instructions that computing the node in place takes. */
  private int surveyed(int id, Node node) {
    int sum = node.operands().stream().distinct().mapToInt(o -> costs[o]).sum();
    return switch (node.op()) {
      case Op.Point(Pointwise row) -> {
        int cost = sum + Cost.of(row, type);
        boolean words = row == Pointwise.THREEFRY && type == DType.F64;
        yield words || cost > LARGE ? anchor(id) : cost;
      }
      case Op.Broadcast() -> {
        int x = node.operands().getFirst();
        yield sum > 3 * DEAR && node.shape().size() > 8 * nodes.get(x).shape().size() ? anchor(x) : sum;
      }
      case Op.Transpose(_), Op.Slice(_, _), Op.Flip(_) -> sum > DEAR ? anchor(node.operands().getFirst()) : sum;
      case Op.Reshape() -> squeezes(node) ? sum : anchor(node.operands().getFirst());
      case Op.MatMul(_, _), Op.Gather(), Op.ScatterAdd(), Op.Repeat _ -> {
        node.operands().forEach(this::anchor);
        yield 0;
      }
      case Op.Stop() -> sum;
      case Op.Input _, Op.Variable _, Op.Constant _, Op.Iota _, Op.Concat _, Op.Reduce _, Op.Call _, Op.Result _ -> 0;
    };
  }

  /** Has a node stored, or what it is a view of: reading it costs nothing. */
  private int anchor(int id) {
    var node = nodes.get(id);
    switch (node.op()) {
      case Op.Point(_), Op.Constant(_), Op.Iota(_) -> anchored.add(id);
      case Op.Broadcast(), Op.Reshape(), Op.Transpose(_), Op.Slice(_, _), Op.Flip(_), Op.Stop() ->
          anchor(node.operands().getFirst());
      default -> {}
    }
    return 0;
  }

  /** Whether a reshape moves axes of extent 1 only. */
  boolean squeezes(Node reshape) {
    return Dim.space(reshape.shape()).equals(Dim.space(nodes.get(reshape.operands().getFirst()).shape()));
  }
}
