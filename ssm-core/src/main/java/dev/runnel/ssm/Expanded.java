package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Primitive;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.reference.Oracle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;

/** The plain evaluation of a primitive that is written in other operations: those, interpreted in double. */
public final class Expanded {
  private Expanded() {}

  /** As {@link Primitive#evaluate}. */
  public static List<double[]> evaluate(Primitive primitive, List<Primitive.Spec> operands, List<double[]> values) {
    var tape = new Tape(DType.F64);
    var inputs = new ArrayList<Tensor>();
    for (var o : operands) {
      inputs.add(tape.input("o" + inputs.size(), o.type().isFloat() ? DType.F64 : o.type(), o.shape()));
    }
    var results = Objects.requireNonNull(primitive.expand(inputs));
    for (int k = 0; k < results.size(); k++) {
      tape.output("r" + k, results.get(k));
    }
    try (var allocator = new RootAllocator();
        var variables = new Variables(allocator, 0);
        var program = new Oracle().compile(tape, variables)) {
      for (int k = 0; k < values.size(); k++) {
        program.set("o" + k, values.get(k));
      }
      program.run();
      return IntStream.range(0, results.size()).mapToObj(k -> program.get("r" + k)).toList();
    }
  }
}
