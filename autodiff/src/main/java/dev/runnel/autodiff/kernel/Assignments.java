package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.LoopBuilder.Phase;
import java.util.ArrayList;
import java.util.List;

/**
 * Values that replace what the plan reads: each goes to a place of its own first, and straight to where it
 * belongs if no later Loop reads the old one.
 */
final class Assignments {
  private final Draft draft;
  private final Storage storage;
  private final List<Assignment> all = new ArrayList<>();

  /** A value written by a Loop to a temporary place; {@code target} holds what it replaces. */
  private record Assignment(int value, View target, View temporary, LoopBuilder loop) {}

  Assignments(Draft draft, Storage storage) {
    this.draft = draft;
    this.storage = storage;
  }

  /** Has a node replace what a buffer of its type and shape holds. */
  void add(int value, View target) {
    var node = draft.node(value);
    var temporary = draft.buffers.temporary(node.type(), node.shape());
    all.add(new Assignment(value, target, temporary, storage.store(value, temporary)));
  }

  /** To be called when all else is placed. */
  void finish() {
    all.stream().filter(a -> !inPlace(a)).toList().forEach(this::copy);
  }

  private boolean inPlace(Assignment a) {
    var later = draft.parts.subList(a.loop().spot.part(), draft.parts.size());
    boolean free = a.target().buffer() != draft.going && later.stream().noneMatch(part -> reads(part, a));
    if (free) {
      a.loop().redirect(a.temporary().buffer(), a.target().buffer());
    }
    return free;
  }

  /** Whether a part reads what is replaced, other than the element that it replaces. */
  private static boolean reads(Part part, Assignment a) {
    int old = a.target().buffer();
    return switch (part) {
      case Part.Nest nest ->
          nest.stages.stream()
              .filter(s -> s != a.loop() || !s.alike(old, a.temporary().buffer()))
              .anyMatch(s -> s.read().contains(old));
      case Part.Product(Plan.Gemm g) -> g.a().buffer() == old || g.b().buffer() == old;
      case Part.Repeated repeat -> repeat.parts().stream().anyMatch(p -> reads(p, a));
      case Part.Combine _ -> false;
    };
  }

  private void copy(Assignment a) {
    var type = draft.node(a.value()).type();
    var shape = draft.shape(a.value());
    var loop = draft.loop(a.value(), shape, type == DType.I32 ? type : draft.tape.type());
    var map = Dim.squeezed(shape);
    int read = loop.load(Phase.BODY, loop.place(type, a.temporary(), map));
    loop.store(Phase.BODY, loop.place(type, a.target(), map), read);
  }
}
