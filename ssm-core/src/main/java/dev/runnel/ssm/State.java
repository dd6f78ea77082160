package dev.runnel.ssm;

import dev.runnel.autodiff.Tape;
import dev.runnel.autodiff.Tensor;
import java.util.List;

/** A state's components, alike in shape. */
public record State(List<Tensor> components) {
  public State {
    components = List.copyOf(components);
  }

  public static State of(Tensor... components) {
    return new State(List.of(components));
  }

  /** The components of what a step left, if they are as many as declared and all recorded on its tape. */
  List<Tensor> left(String where, int declared, Tape tape) {
    if (components.size() != declared) {
      throw new IllegalArgumentException(
          "%s: %d components expected, %d came".formatted(where, declared, components.size()));
    }
    if (components.stream().anyMatch(x -> x.tape() != tape)) {
      throw new IllegalArgumentException(
          where + ": operations on the step's own tensors expected, a tensor of the sequence came; name it a drive");
    }
    return components;
  }

  /** The only component, or the first. */
  public Tensor first() {
    return components.getFirst();
  }

  /** The second of two components. */
  public Tensor second() {
    if (components.size() < 2) {
      throw new IllegalArgumentException("state: two components expected, one came; declare state().paired()");
    }
    return components.get(1);
  }

  /** For Kotlin: {@code val (c, h) = x}. */
  public Tensor component1() {
    return first();
  }

  public Tensor component2() {
    return second();
  }
}
