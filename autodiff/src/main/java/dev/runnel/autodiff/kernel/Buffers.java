package dev.runnel.autodiff.kernel;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Shape;
import dev.runnel.autodiff.kernel.Plan.Role;
import dev.runnel.autodiff.memory.Layout;
import java.util.ArrayList;
import java.util.List;

/** The buffers of a plan being made, by number, before they have addresses. */
final class Buffers {

  record Declared(DType type, long elements, Role role, String name) {}

  /** Whether the plan is for a backend with {@link Backend#ownMaths}. */
  final boolean ownMaths;

  private final List<Declared> list = new ArrayList<>();

  Buffers(boolean ownMaths) {
    this.ownMaths = ownMaths;
  }

  int add(DType type, long elements, Role role, String name) {
    list.add(new Declared(type, Math.max(elements, Layout.BYTES / type.bytes()), role, name));
    return list.size() - 1;
  }

  /** A buffer for a whole tensor with padded rows. */
  View padded(DType type, Shape shape, Role role, String name) {
    var layout = Layout.padded(type, shape);
    return View.of(add(type, layout.elements(), role, name), layout);
  }

  /** A buffer for a whole tensor of the plan's own. */
  View temporary(DType type, Shape shape) {
    return padded(type, shape, Role.TEMP, "");
  }

  /** Room for {@code times} of what the buffer holds. */
  void repeat(int buffer, int times) {
    var d = list.get(buffer);
    list.set(buffer, new Declared(d.type(), d.elements() * times, d.role(), d.name()));
  }

  Declared get(int buffer) {
    return list.get(buffer);
  }

  int size() {
    return list.size();
  }
}
