package dev.runnel.autodiff;

import java.util.List;

/** One recorded operation; operands are numbers of earlier nodes. */
public record Node(Op op, List<Integer> operands, DType type, Shape shape) {
  public Node {
    operands = List.copyOf(operands);
  }
}
