package dev.runnel.ssm;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Ranges of some of a body's tensors at one lane, from those of its inputs. */
final class PointwiseRanges {
  private final Tape tape;
  private final List<Tensor> wanted;
  private final int[] nodes;

  PointwiseRanges(List<Tensor> wanted) {
    tape = wanted.getFirst().tape();
    this.wanted = wanted;
    boolean[] live = new boolean[tape.nodes().size()];
    wanted.forEach(y -> live[y.id()] = true);
    for (int id = live.length - 1; id >= 0; id--) {
      if (live[id]) {
        tape.node(id).operands().forEach(o -> live[o] = true);
      }
    }
    nodes = IntStream.range(0, live.length).filter(id -> live[id]).toArray();
  }

  boolean reads(String name) {
    return Arrays.stream(nodes).anyMatch(id -> tape.node(id).op() instanceof Op.Input(String n) && n.equals(name));
  }

  Range[] at(Map<String, Range> inputs) {
    var v = new @Nullable Range[tape.nodes().size()];
    for (int id : nodes) {
      var node = tape.node(id);
      v[id] =
          switch (node.op()) {
            case Op.Input(String name) -> inputs.get(name);
            case Op.Constant(double value) -> Range.of(value);
            case Op.Point(var row) -> Enclosure.of(tape, node, row, o -> requireNonNull(v[o]));
            default -> v[node.operands().getFirst()];
          };
    }
    return wanted.stream().map(y -> requireNonNull(v[y.id()])).toArray(Range[]::new);
  }
}
