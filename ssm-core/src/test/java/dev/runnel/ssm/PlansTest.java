package dev.runnel.ssm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import dev.runnel.autodiff.kernel.Loop;
import dev.runnel.autodiff.kernel.Lowering;
import dev.runnel.autodiff.kernel.Plan;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What scans are lowered to: one Loop forward, one back, and no more memory than that takes. */
class PlansTest {
  private static final int B = 2;
  private static final int T = 64;
  private static final int D = 16;
  private static final int N = 16;

  /** Drives are the tape's inputs {@code i, f, g, o}, so that all Loops are the recurrence's own. */
  private record Lstm() implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(D).paired();
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      var drives = Drives.none();
      for (var name : List.of("i", "f", "g", "o")) {
        drives = drives.and(name, u.tape().input(name, Shape.of(B, T, D)));
      }
      return drives;
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      var next = gate(p, x, u, "f").sigmoid().times(x.first())
          .plus(gate(p, x, u, "i").sigmoid().times(gate(p, x, u, "g").tanh()));
      return State.of(next, gate(p, x, u, "o").sigmoid().times(next.tanh()));
    }

    private static Tensor gate(Scope p, State x, Drives u, String name) {
      var a = p.parameter("a" + name, Shape.of(D), Init.normal(0.1));
      var b = p.parameter("b" + name, Shape.of(D), Init.zeros());
      return u.get(name).plus(a.times(x.second())).plus(b);
    }

    @Override
    public Tensor readout(Scope p, State x, Drives u) {
      return x.second();
    }
  }

  /** Drives are the tape's inputs {@code delta, x (B, T, D, 1)} and {@code B, C (B, T, 1, N)}. */
  private record Selective() implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(D, N);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      var tape = u.tape();
      return Drives.of("delta", tape.input("delta", Shape.of(B, T, D)).unsqueeze(-1))
          .and("x", tape.input("x", Shape.of(B, T, D)).unsqueeze(-1))
          .and("B", tape.input("B", Shape.of(B, T, N)).unsqueeze(2))
          .and("C", tape.input("C", Shape.of(B, T, N)).unsqueeze(2));
    }

    @Override
    public State step(Scope p, State s, Drives u) {
      var rate = p.parameter("A", Shape.of(D, N), Init.constant(-1));
      var delta = u.get("delta");
      return State.of(delta.times(rate).exp().times(s.first()).plus(delta.times(u.get("B")).times(u.get("x"))));
    }

    @Override
    public Tensor readout(Scope p, State s, Drives u) {
      return s.first().times(u.get("C")).sum(-1);
    }
  }

  private static Plan forward(Cell cell) {
    var tape = new Tape(DType.F32);
    tape.output("y", Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(B, T, 1))).output());
    return Lowering.lower(tape);
  }

  /** Gradients of {@code sum(output g)} by every parameter and every input of the cell. */
  private static Plan gradients(Cell cell) {
    var tape = new Tape(DType.F32);
    var y = Scan.of(cell).run(tape.scope(), tape.input("u", Shape.of(B, T, 1))).output();
    var wrt = new LinkedHashMap<>(tape.parameters());
    tape.inputs().forEach((name, x) -> wrt.put("input " + name, x));
    wrt.remove("input u");
    var loss = y.times(tape.input("g", y.shape())).sum();
    var gradients = tape.gradients(loss, List.copyOf(wrt.values()));
    var names = List.copyOf(wrt.keySet());
    for (int i = 0; i < names.size(); i++) {
      tape.output("grad " + names.get(i), gradients.get(i));
    }
    return Lowering.lower(tape);
  }

  /** All Loops but those that only copy a result into the array that the caller reads. */
  private static List<Plan.Call> calls(Plan plan) {
    return plan.steps().stream()
        .flatMap(s -> s.items().stream())
        .flatMap(i -> ((Plan.Group) i).calls().stream())
        .filter(c -> !(c.loop().body().size() == 2 && c.args().stream()
            .anyMatch(a -> plan.buffers().get(a.buffer()).role() == Plan.Role.OUTPUT)))
        .toList();
  }

  /** The Loops that walk time; others may walk the few partial sums that chunks of rows leave. */
  private static List<Loop> walks(Plan plan) {
    return calls(plan).stream()
        .filter(c -> c.loop().walk() >= 0 && c.extents().get(c.loop().walk()) == T)
        .map(Plan.Call::loop)
        .toList();
  }

  /** Only these go over whole sequences: what is left adds up partial sums. */
  private static void nothingElseIsLong(Plan plan) {
    for (var call : calls(plan)) {
      if (!walks(plan).contains(call.loop())) {
        long points = call.extents().stream().mapToLong(e -> e).reduce(1, (a, b) -> a * b);
        assertThat(points).as(call.toString()).isLessThan((long) B * T * D);
      }
    }
  }

  private static void oneLoopEachWay(Cell cell) {
    assertThat(calls(forward(cell))).hasSize(1);
    assertThat(walks(forward(cell))).hasSize(1).noneMatch(Loop::backward);
    var plan = gradients(cell);
    assertThat(walks(plan)).extracting(Loop::backward).containsExactly(false, true);
    nothingElseIsLong(plan);
  }

  private static void noStatesInMemory(Plan plan) {
    assertThat(plan.buffers()).allSatisfy(b -> assertThat(b.elements()).isLessThan((long) B * T * D * N / 4));
  }

  @Test
  void aDiagonalLstmIsOneLoopEachWay() {
    oneLoopEachWay(new Lstm());
  }

  @Test
  void aSelectiveScanIsOneLoopForwardWithItsReadoutInIt() {
    assertThat(calls(forward(new Selective()))).hasSize(1);
    assertThat(walks(forward(new Selective()))).hasSize(1);
  }

  @Test
  void aSelectiveScanKeepsNoStatesForward() {
    noStatesInMemory(forward(new Selective()));
  }

  @Test
  @Tag("replay")
  void aSelectiveScanKeepsNoStatesForItsGradients() {
    noStatesInMemory(gradients(new Selective()));
  }

  @Test
  @Tag("replay")
  void aSelectiveScanIsOneLoopEachWay() {
    oneLoopEachWay(new Selective());
  }
}
