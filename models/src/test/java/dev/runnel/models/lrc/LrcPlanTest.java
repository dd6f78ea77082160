package dev.runnel.models.lrc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Ins;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Lowering;
import dev.runnel.autodiff.kernel.Plan;
import dev.runnel.models.lrc.Lrc.Elastance;
import dev.runnel.ssm.Cell;
import dev.runnel.ssm.Drives;
import dev.runnel.ssm.Scan;
import dev.runnel.ssm.State;
import dev.runnel.ssm.StateShape;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** LrcSSM's recurrence is one Loop forward, and one Loop back that holds the gradients of all its parameters. */
class LrcPlanTest {
  private static final int B = 4;
  private static final int T = 96;
  private static final int D = 16;

  /** The cell with its drives given, so that all Loops are the recurrence's own. */
  private record Driven(Lrc cell) implements Cell {
    @Override
    public StateShape state() {
      return cell.state();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("f", u.tape().input("f", Shape.of(B, T, D))).and("z", u.tape().input("z", Shape.of(B, T, D)));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      return cell.step(p, x, u);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isOneLoopEachWay(Elastance elastance) {
    var tape = new Tape(DType.F32);
    var cell = new Driven(new Lrc(D, Lrc.Options.LRC.with(elastance)));
    var x = Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(B, T, 1))).output();
    var wrt = new LinkedHashMap<>(tape.parameters());
    wrt.put("f", tape.input("f", Shape.of(B, T, D)));
    wrt.put("z", tape.input("z", Shape.of(B, T, D)));
    var gradients = tape.gradients(x.times(tape.input("g", x.shape())).sum(), List.copyOf(wrt.values()));
    for (var name : wrt.keySet()) {
      tape.output("grad " + name, gradients.get(List.copyOf(wrt.keySet()).indexOf(name)));
    }
    var calls =
        Lowering.lower(tape).steps().stream()
            .flatMap(s -> s.items().stream())
            .flatMap(i -> ((Plan.Group) i).calls().stream())
            .toList();
    var overTime = calls.stream().filter(c -> c.extents().contains(T)).map(Plan.Call::loop).toList();
    assertThat(overTime).hasSize(2).allMatch(l -> l.walk() >= 0);
    assertThat(overTime).extracting(Loop::backward).containsExactly(false, true);
    assertThat(overTime.get(1).instructions()).filteredOn(Ins.Reduce.class::isInstance)
        .as("a sum a parameter").hasSizeGreaterThanOrEqualTo(tape.parameters().size() - 2);
  }
}
