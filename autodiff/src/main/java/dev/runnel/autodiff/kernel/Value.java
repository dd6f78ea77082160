package dev.runnel.autodiff.kernel;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where a node's value can be had once it is placed. */
final class Value {
  /** The Loop that computes it; a stage of -1 if it is in memory only, once the part is done. */
  final Spot spot;

  /** Whether it is whole only when the Loop has done a tile: what reads it there is a further stage. */
  final boolean afterStage;

  private final @Nullable States states;
  private final Supplier<View> store;
  private @Nullable View view;

  /** The states of a walk's carried value: a backward walk may step through them again. */
  record States(Walk walk, int carry) {}

  private Value(Spot spot, boolean afterStage, @Nullable States states, Supplier<View> store) {
    this.spot = spot;
    this.afterStage = afterStage;
    this.states = states;
    this.store = store;
  }

  /** In memory once a part is done. */
  static Value stored(int part, View view) {
    return new Value(new Spot(part, -1), false, null, () -> view).kept();
  }

  /** In memory, and in a Loop that stores it. */
  static Value stored(Spot spot, View view) {
    return new Value(spot, false, null, () -> view).kept();
  }

  /** In memory, each row when a Loop has folded it. */
  static Value folded(Spot spot, View view) {
    return new Value(spot, true, null, () -> view).kept();
  }

  /** In a Loop, and in memory from when it is first asked for there. */
  static Value computed(Spot spot, @Nullable States states, Supplier<View> store) {
    return new Value(spot, false, states, store);
  }

  private Value kept() {
    view();
    return this;
  }

  boolean inMemory() {
    return view != null;
  }

  /** The states with a second lane axis that this is, if nobody has asked to keep them. */
  @Nullable States passed() {
    return states != null && view == null && states.walk().space.rank() >= 4 ? states : null;
  }

  View view() {
    if (view == null) {
      view = store.get();
    }
    return view;
  }
}
