package dev.runnel.ssm;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Init;
import dev.runnel.autodiff.Op;
import dev.runnel.autodiff.Scope;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A cell run along a sequence: {@code x_t = step(x_(t-1), u_t)} for t = 1..T.
 *
 * @param initial what the states begin with
 */
public record Scan(Cell cell, Solver solver, Initial initial) {

  /** What states begin with. */
  public enum Initial {
    ZERO,
    /** A parameter {@code x0.<component>} of the lanes' shape, zero at first. */
    LEARNT;

    /** Component k before the first step, {@code (B, lanes..)} or {@code (lanes..)}: as given, as carried, or this. */
    Tensor of(Scope p, int k, Shape lanes, @Nullable State given, @Nullable Tensor lengths, int batch) {
      var type = p.tape().type();
      if (given != null) {
        return given.components().get(k);
      }
      var begin =
          this == LEARNT
              ? p.scope("x0").parameter(Integer.toString(k), lanes, Init.zeros())
              : p.tape().constant(type, 0, lanes);
      if (!Carried.by(p)) {
        return begin;
      }
      var carried = Carried.before(p, "x" + k, type, Shape.of(batch).append(Chunks.dims(lanes)), lengths);
      return this == ZERO ? carried : Carried.before(p, BEGUN, DType.I32, Shape.of(1), lengths).select(carried, begin);
    }
  }

  private static final String BEGUN = "begun";

  /** Leaves the states for the next chunk of a stream, unless the caller gives them. */
  static void leave(Scope p, @Nullable State given, List<Tensor> last) {
    if (given != null || !Carried.by(p)) {
      return;
    }
    for (int k = 0; k < last.size(); k++) {
      Carried.leave(p, "x" + k, last.get(k));
    }
    Carried.leave(p, BEGUN, p.tape().constant(DType.I32, 1, Shape.of(1)));
  }

  /**
   * A solved sequence.
   *
   * @param output the cell's read-out, {@code (B, T, ..)}
   * @param states each component at t = 1..T, {@code (B, T, lanes..)}
   * @param last each component at the end, {@code (B, lanes..)}
   * @param jacobian blocks {@code d x_t,i / d x_(t-1),j} at {@code [i][j]}, recorded when asked for
   * @param stepped one exact step from each state of the sequence and the first one, {@code (B, T, lanes..)},
   *     recorded when asked for: what it differs from {@code states} by is the residual
   * @param solution what an iterating solver reports; null where none iterates
   */
  public record Trajectory(
      Tensor output, State states, State last, Jacobian jacobian, Supplier<State> stepped, @Nullable Solution solution) {}

  /**
   * How a solver came to its trajectories, a row each, {@code (B)}.
   *
   * @param iterations I32: passes until the row converged, the last of which moved nothing
   * @param bound on the error of the steps that were accepted: the largest {@code E_t = |J_t| E_(t-1) + |r_t|}
   * @param finished I32: steps that were not accepted and so stepped one after another
   */
  public record Solution(Tensor iterations, Tensor bound, Tensor finished) {}

  /** The recurrence's derivative by its own state, {@code (B, T, lanes..)} an entry. */
  public interface Jacobian {
    Tensor get(int row, int column);
  }

  public static Scan of(Cell cell) {
    return new Scan(cell, Solver.sequential(), Initial.ZERO);
  }

  public Scan withSolver(Solver other) {
    return new Scan(cell, other, initial);
  }

  public Scan withInitial(Initial other) {
    return new Scan(cell, solver, other);
  }

  /** Runs along the whole of every row of {@code u}, {@code (B, T, H)}. */
  public Trajectory run(Scope p, Tensor u) {
    return run(p, u, null, null);
  }

  /** Runs as with a guess, {@link #run(Scope, Tensor, Tensor, State, State)}, without one. */
  public Trajectory run(Scope p, Tensor u, @Nullable Tensor lengths, @Nullable State first) {
    return run(p, u, lengths, first, null);
  }

  /**
   * Runs along rows of unequal length, from given states.
   *
   * @param u {@code (B, T, H)}
   * @param lengths I32 {@code (B)}: past a row's length its states stay as they are, and give no gradient; the
   *     cell sees zeros there
   * @param first each component {@code (B, lanes..)} before the first step
   * @param guess each component {@code (B, T, lanes..)}: what an iterating solver begins with, such as the trajectory
   *     that these rows had with earlier parameters. It may save passes; it changes no answer, and gets no gradient
   */
  public Trajectory run(
      Scope p, Tensor u, @Nullable Tensor lengths, @Nullable State first, @Nullable State guess) {
    var tape = u.tape();
    var given = given(u, lengths);
    int batch = u.shape().get(0);
    int steps = u.shape().get(1);
    var lanes = cell.state().lanes();
    var space = Shape.of(batch, steps).append(Chunks.dims(lanes));
    var drives = cell.drive(p, given);
    var traced = Traced.of(cell, p, drives, lengths != null);
    var operands = new ArrayList<Tensor>();
    for (int k = 0; k < cell.state().components(); k++) {
      operands.add(broadcastable(start(p, k, first, lengths, batch), space));
    }
    for (var name : traced.names()) {
      operands.add(operand(name, tape, drives, lengths, space));
    }
    int components = cell.state().components();
    var body = traced.body();
    var cold = Recurrence.of(body, space, components, false, chosen(body, space));
    var recurrence = guess == null ? cold : cold.withGuess();
    if (guess != null && recurrence.warm()) {
      operands.addAll(guessed(guess, space));
    }
    var all = tape.call(recurrence, operands);
    var results = all.subList(0, components);
    var states = new State(results.stream().map(x -> x.slice(1, 1, steps + 1)).toList());
    var last = new State(results.stream().map(x -> x.at(1, steps)).toList());
    leave(p, first, last.components());
    var before = results.stream().map(x -> x.slice(1, 0, steps)).toList();
    return new Trajectory(
        cell.readout(p, states, drives),
        states,
        last,
        (row, column) ->
            recurrence.on(List.of(body.jacobian(components).get(row * components + column)), before, operands)
                .getFirst(),
        () -> new State(recurrence.on(body.outputs(), before, operands)),
        recurrence.iterates()
            ? new Solution(all.get(components), all.get(components + 1), all.get(components + 2))
            : null);
  }

  /** What a cell sees of inputs {@code (B, T, H)}: past a row's end zeros, for what lies there may be no number. */
  static Tensor given(Tensor u, @Nullable Tensor lengths) {
    if (u.shape().rank() != 3) {
      throw new IllegalArgumentException("scan: inputs (B, T, H) expected, %s came".formatted(u.shape()));
    }
    return lengths == null ? u : running(u.tape(), lengths, u.shape()).select(u, 0);
  }

  /** What {@code auto} takes for each scan of a tape, and why, in the order in which they were recorded. */
  public static List<Solver.Auto.Choice> choices(Solver.Auto auto, Tape tape) {
    var choices = new ArrayList<Solver.Auto.Choice>();
    for (var node : tape.nodes()) {
      if (node.op() instanceof Op.Call(Recurrence scan) && !scan.backward()) {
        choices.add(choice(auto, scan.body(), scan.space(), scan.components()));
      }
    }
    return choices;
  }

  private static Solver.Auto.Choice choice(Solver.Auto auto, Body body, Shape space, int components) {
    long lanes = space.range(2, space.rank()).size();
    return auto.choose(space.get(0), space.get(1), lanes, body.linear(components));
  }

  private Solver chosen(Body body, Shape space) {
    return solver instanceof Solver.Auto auto
        ? choice(auto, body, space, cell.state().components()).solver()
        : solver;
  }

  private Tensor start(Scope p, int k, @Nullable State first, @Nullable Tensor lengths, int batch) {
    var start = initial.of(p, k, cell.state().lanes(), first, lengths, batch);
    var lanes = cell.state().lanes();
    return start.shape().equals(lanes) ? start : start.reshape(Shape.of(batch, 1).append(Chunks.dims(lanes)));
  }

  private List<Tensor> guessed(State guess, Shape space) {
    for (var x : guess.components()) {
      if (guess.components().size() != cell.state().components() || !x.shape().equals(space)) {
        throw new IllegalArgumentException(
            "scan: a guess of %d components %s expected, %d came, one of them %s"
                .formatted(cell.state().components(), space, guess.components().size(), x.shape()));
      }
    }
    return guess.components();
  }

  private static Tensor operand(
      String name, Tape tape, Drives drives, @Nullable Tensor lengths, Shape space) {
    if (name.equals(Traced.MASK) && lengths != null) {
      return running(tape, lengths, space).toFloat();
    }
    if (drives.byName().containsKey(name)) {
      return drives.get(name);
    }
    var parameter = tape.variables().get(name);
    if (parameter == null) {
      throw new IllegalStateException("scan: a drive or parameter expected, '" + name + "' came");
    }
    return broadcastable(parameter, space);
  }

  /** 1 where a step lies before its row's end, else 0: {@code (B, T, 1..)}. */
  static Tensor running(Tape tape, Tensor lengths, Shape space) {
    var steps = space.range(0, 2);
    if (lengths.type() != DType.I32 || !lengths.shape().equals(Shape.of(space.get(0)))) {
      throw new IllegalArgumentException(
          "scan: lengths I32 (%d) expected, %s %s came".formatted(space.get(0), lengths.type(), lengths.shape()));
    }
    var shape = steps;
    for (int d = 2; d < space.rank(); d++) {
      shape = shape.append(1);
    }
    return tape.iota(steps, 1).less(lengths.unsqueeze(1)).reshape(shape);
  }

  /** With axes of extent 1 put in front up to the space's rank. */
  private static Tensor broadcastable(Tensor x, Shape space) {
    if (x.shape().rank() == space.rank()) {
      return x;
    }
    int[] dims = IntStream.concat(
            IntStream.generate(() -> 1).limit(space.rank() - x.shape().rank()), IntStream.of(Chunks.dims(x.shape())))
        .toArray();
    return x.reshape(Shape.of(dims));
  }
}
