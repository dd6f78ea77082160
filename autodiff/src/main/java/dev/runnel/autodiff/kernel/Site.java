package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.Shape;

/** Where a primitive's node stands: what it reads and how it writes its Loops. */
public final class Site {
  private final Expressions expressions;
  private final int call;

  Site(Expressions expressions, int call) {
    this.expressions = expressions;
    this.call = call;
  }

  /**
   * Opens a Loop over {@code space} that walks one axis.
   *
   * @param axis the walked axis, neither the first nor the last
   */
  public Walk walk(Shape space, int axis, boolean backward) {
    if (axis < 1 || axis > space.rank() - 2) {
      throw new IllegalArgumentException("walk: an inner axis of %s expected, %d came".formatted(space, axis));
    }
    var walk = new Walk(expressions, call, space, axis, backward);
    expressions.draft().walks.add(walk);
    return walk;
  }
}
