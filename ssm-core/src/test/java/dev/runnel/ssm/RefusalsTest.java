package dev.runnel.ssm;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A step that lets one state read another is refused where it is recorded, in one line that says what to do. */
class RefusalsTest {
  private static final int D = 4;

  private static void refused(UnaryOperator<Tensor> step, String message) {
    var tape = new Tape(DType.F32);
    refused(message, () -> Scan.of(Cell.of(D, (x, u) -> step.apply(x))).run(tape.scope(), sequence(tape)));
  }

  private static void refused(String message, Runnable run) {
    assertThatIllegalArgumentException().isThrownBy(run::run).withMessage(message);
  }

  private static Tensor sequence(Tape tape) {
    return tape.input("u", Shape.of(2, 3, D));
  }

  private static String mixes(String operation) {
    return "step: pointwise operations expected, " + operation
        + " came; a state may not read another: put it into drive()";
  }

  @Test
  void aProductOfStates() {
    refused(x -> x.reshape(1, D).matmul(x.like(1).reshape(D, 1).broadcastTo(Shape.of(D, D))).reshape(D),
        mixes("matmul"));
  }

  @Test
  void aSumOverStates() {
    refused(x -> x.minus(x.mean(0)), mixes("reduce"));
    refused(x -> x.minus(x.max(0)), mixes("reduce"));
  }

  @Test
  void aShiftOfStates() {
    refused(x -> Tensor.concat(0, x.slice(0, 1, D), x.slice(0, 0, 1)), mixes("concat"));
    refused(x -> x.plus(x.slice(0, 1, 2)), mixes("slice"));
    refused(x -> x.flip(0), mixes("flip"));
  }

  @Test
  void aGatherOfStates() {
    refused(x -> x.gather(x.tape().constant(DType.I32, 1, Shape.of(D))), mixes("gather"));
  }

  @Test
  void aReshapeThatMovesLanes() {
    var tape = new Tape(DType.F32);
    refused(
        "Square.step: pointwise operations expected, reshape came; a state may not read another: put it into drive()",
        () -> Scan.of(new Square(x -> x.reshape(3, 2).reshape(6).plus(1).reshape(2, 3).plus(x)))
            .run(tape.scope(), sequence(tape)));
    refused(
        "Square.step: pointwise operations expected, transpose came; a state may not read another: put it into drive()",
        () -> Scan.of(new Square(x -> x.transpose(1, 0).plus(1).transpose(1, 0)))
            .run(tape.scope(), sequence(tape)));
  }

  /** (D, N) states. */
  private record Square(UnaryOperator<Tensor> next) implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(2, 3);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.none();
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      return State.of(next.apply(x.first()));
    }
  }

  @Test
  void anAxisOfExtentOneMayComeAndGo() {
    assertThatNoException().isThrownBy(() -> {
      var tape = new Tape(DType.F32);
      Scan.of(Cell.of(D, (x, u) -> x.reshape(1, D).times(0.5).reshape(D))).run(tape.scope(), sequence(tape));
    });
  }

  @Test
  void aNextStateOfAnotherShape() {
    refused(x -> x.unsqueeze(0).broadcastTo(Shape.of(3, D)), "step: a next state of shape (4) expected, (3, 4) came");
  }

  @Test
  void aTensorOfTheSequence() {
    var tape = new Tape(DType.F32);
    var u = sequence(tape);
    refused(
        "step: operations on the step's own tensors expected, a tensor of the sequence came; name it a drive",
        () -> Scan.of(Cell.of(D, (x, v) -> u.at(0, 0).at(0, 0))).run(tape.scope(), u));
    refused(
        "add: tensors of one tape expected, two tapes came",
        () -> Scan.of(Cell.of(D, (x, v) -> x.plus(u.at(0, 0).at(0, 0)))).run(tape.scope(), u));
  }

  @Test
  void componentsThatAreNotThere() {
    refused(x -> State.of(x).second(), "state: two components expected, one came; declare state().paired()");
    refused("state: 1 or 2 components expected, 3 came", () -> new StateShape(Shape.of(2), 3));
    refused("state: lanes (D) or (D, N) expected, (2, 3, 4) came", () -> new StateShape(Shape.of(2, 3, 4), 1));
  }

  @Test
  void drivesThatAreNotThereOrDoNotFit() {
    var tape = new Tape(DType.F32);
    var u = sequence(tape);
    refused("drives: one of [u] expected, 'v' came", () -> Drives.of("u", u).get("v"));
    refused("drives: a name not used yet expected, 'u' came", () -> Drives.of("u", u).and("u", u));
    refused(
        "Flat.step: drive 'u' (B, T, (4) lanes) expected, (2, 3) came",
        () -> Scan.of(new Flat()).run(tape.scope(), u));
  }

  private record Flat() implements Cell {
    @Override
    public StateShape state() {
      return StateShape.of(D);
    }

    @Override
    public Drives drive(Scope p, Tensor u) {
      return Drives.of("u", u.sum(2));
    }

    @Override
    public State step(Scope p, State x, Drives u) {
      return State.of(x.first().times(p.parameter("a", Shape.of(D), Init.zeros())).plus(u.get("u")));
    }
  }

  @Test
  void inputsAndLengthsOfAnotherShape() {
    var tape = new Tape(DType.F32);
    var u = sequence(tape);
    var scan = Scan.of(Cell.of(D, (x, v) -> x.plus(v)));
    refused("scan: inputs (B, T, H) expected, (3, 4) came", () -> scan.run(tape.scope(), u.at(0, 0)));
    refused(
        "scan: lengths I32 (2) expected, F32 (2) came",
        () -> scan.run(tape.scope(), u, tape.input("l", Shape.of(2)), null));
    refused(
        "scan: lengths I32 (2) expected, I32 (3) came",
        () -> scan.run(tape.scope(), u, tape.input("n", DType.I32, Shape.of(3)), null));
  }
}
