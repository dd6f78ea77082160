package dev.runnel.autodiff.kernel;

import static java.util.Objects.requireNonNull;

import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.kernel.LoopBuilder.Key;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A Loop with carried values, being written by a primitive. */
public final class Walk {
  /** Steps between states that are kept where a backward walk steps again. */
  private static final int STRETCH = 32;

  final int call;
  final Shape space;
  final int axis;
  final LoopBuilder loop;
  private final Draft draft;
  private final Expressions expressions;
  private final List<Integer> carries = new ArrayList<>();
  private final List<Integer> results = new ArrayList<>();
  private final Map<Integer, View> lasts = new HashMap<>();
  private @Nullable Function<Step, List<Integer>> body;
  private @Nullable Walk again;

  Walk(Expressions expressions, int call, Shape space, int axis, boolean backward) {
    this.expressions = expressions;
    this.call = call;
    this.space = space;
    this.axis = axis;
    draft = expressions.draft();
    loop = draft.walk(call, space, axis, backward);
  }

  /** Declares a carried value that begins as an operand of the node; the operand has the space's rank. */
  public void carry(int operand) {
    carries.add(loop.carry(operand(loop, Phase.PRE, operand)));
  }

  /** Takes what writes a step, the next values of the carries, and writes it. */
  public void body(Function<Step, List<Integer>> step) {
    body = step;
    var next = step.apply(new Step(this, loop, Phase.BODY, carries));
    for (int k = 0; k < next.size(); k++) {
      loop.next(k, next.get(k));
    }
  }

  /**
   * Result {@code k} is carried value {@code carry} along the whole walk: one more position than the walk
   * has steps, the first of them (the last, backward) what it began with.
   */
  public void trajectory(int k, int carry) {
    int result = call + 1 + k; // a tape records results right behind their call
    results.add(result);
    int early = loop.backward ? 1 : 0; // position of what a step starts from, relative to the step
    var to = positions(Dim.along(axis).plus(1 - early));
    loop.value(new Key(Phase.BODY, result, positions(Dim.along(axis).plus(early))), carries.get(carry));
    loop.value(new Key(Phase.BODY, result, to), loop.nextOf(carry));
    draft.values.put(result, Value.computed(loop.spot, new Value.States(this, carry), () -> kept(result, carry, to)));
  }

  /** Result {@code k} is carried value {@code carry} after each step, at the step's position. */
  public void steps(int k, int carry) {
    int result = call + 1 + k;
    var type = draft.tape.type();
    loop.value(new Key(Phase.BODY, result, Dim.aligned(space)), loop.nextOf(carry));
    draft.values.put(
        result,
        Value.computed(
            loop.spot,
            null,
            () -> {
              var view = draft.buffers.temporary(type, space);
              loop.store(Phase.BODY, loop.place(type, view, Dim.aligned(space)), loop.nextOf(carry));
              return view;
            }));
  }

  /** Result {@code k} is carried value {@code carry} when the walk has ended. */
  public void end(int k, int carry) {
    draft.values.put(call + 1 + k, Value.stored(loop.spot.part(), last(carry)));
  }

  /** Has all states of a carried value stored. */
  private View kept(int result, int carry, List<Dim> to) {
    var type = draft.tape.type();
    var view = draft.buffers.temporary(type, draft.shape(result));
    int init = operand(loop, Phase.PRE, carry);
    var first = positions(new Dim(-1, 0, loop.backward ? space.get(axis) : 0));
    loop.store(Phase.PRE, loop.place(type, view, first), init);
    loop.store(Phase.BODY, loop.place(type, view, to), loop.nextOf(carry));
    return view;
  }

  /** The present position, but for the walked axis. */
  private List<Dim> positions(Dim walked) {
    var map = Dim.aligned(space);
    map.set(axis, walked);
    return map;
  }

  /** An operand of the node at the present position of a Loop over this space. */
  int operand(LoopBuilder where, Phase phase, int k) {
    int x = draft.node(call).operands().get(k);
    return expressions.number(where, phase, x, Dim.aligned(draft.shape(x)));
  }

  /** Position of the last state in a trajectory. */
  int end() {
    return loop.backward ? 0 : space.get(axis);
  }

  /** Where a carried value is kept when the walk has ended. */
  View last(int carry) {
    return lasts.computeIfAbsent(
        carry,
        k -> {
          var shape = space.with(axis, 1);
          var view = draft.buffers.temporary(draft.tape.type(), shape);
          int value = loop.emit(Phase.POST, new Ins.Carry(k));
          loop.store(Phase.POST, loop.place(draft.tape.type(), view, Dim.aligned(shape)), value);
          return view;
        });
  }

  /** Where a backward walk over a space has a state from stepping again through this walk, if one has. */
  @Nullable Spot steppedAgain(Shape over, Key state) {
    return again != null && again.loop.value(state) != null && again.space.equals(over) ? again.loop.spot : null;
  }

  /**
   * Lets a backward walk over the same space step again through this one: this walk stores its states at
   * the start of each stretch only, and the other reads what it passes.
   */
  void stepAgainIn(Walk other) {
    if (again != null || loop.backward || !other.loop.backward || other.loop.replays() || !other.space.equals(space)) {
      return;
    }
    again = other;
    var type = draft.tape.type();
    var checkpoints = new ArrayList<Integer>();
    var passing = new ArrayList<Integer>();
    var passed = new ArrayList<Integer>();
    var map = Dim.aligned(space);
    var starts = space.with(axis, Math.max(1, (space.get(axis) + STRETCH - 2) / STRETCH + 1));
    for (int k = 0; k < carries.size(); k++) {
      var view = draft.buffers.temporary(type, starts);
      loop.store(Phase.BODY, loop.place(type, view, map).stretched(STRETCH), carries.get(k));
      checkpoints.add(other.loop.operand(other.loop.place(type, view, map)));
      passing.add(other.loop.emit(Phase.REPLAY, new Ins.Carry(k)));
      passed.add(other.loop.emit(Phase.BODY, new Ins.Replayed(k)));
    }
    var step = requireNonNull(body);
    other.loop.replay(STRETCH, checkpoints, step.apply(new Step(this, other.loop, Phase.REPLAY, passing)));
    var reached = step.apply(new Step(this, other.loop, Phase.BODY, passed));
    var after = positions(Dim.along(axis).plus(1));
    for (int k = 0; k < results.size(); k++) {
      other.loop.value(new Key(Phase.BODY, results.get(k), map), passed.get(k));
      other.loop.value(new Key(Phase.BODY, results.get(k), after), reached.get(k));
    }
  }
}
