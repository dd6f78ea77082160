package dev.runnel.autodiff.codegen;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.PlanText;
import java.util.ArrayList;
import java.util.List;

/**
 * A Loop as a kernel of {@code (context, arguments, arrays.., status if indexed, scratch if anything is kept)}.
 *
 * @param grid the Loop, and how work items share it
 * @param arrays number of each operand's array among the parameters, and of the rows' flags where there are any
 * @param types element types of the arrays
 * @param rows whether flags say which positions of axis 0 are left out
 */
public record DeviceKernel(Grid grid, List<Integer> arrays, List<DType> types, boolean rows) implements DeviceCode {

  @Override
  public DType type() {
    return grid.loop.type();
  }

  @Override
  public boolean together() {
    return grid.together;
  }

  @Override
  public boolean indexed() {
    return grid.indexed;
  }

  @Override
  public int kept() {
    return grid.kept();
  }

  @Override
  public String describe() {
    return PlanText.of(grid.loop);
  }

  @Override
  public byte[] generate(Device device, String name) {
    var parameters = new ArrayList<>(List.of(device.context(), device.longs()));
    types.forEach(t -> parameters.add(DeviceCode.array(device, t)));
    if (grid.indexed) {
      parameters.add(device.ints());
    }
    if (grid.kept() > 0) {
      parameters.add(DeviceCode.array(device, type()));
    }
    return DeviceCode.around(device, name, parameters, b -> {
      int[] slots = new int[grid.loop.operands().size() + 2];
      for (int i = 0; i < arrays.size(); i++) {
        slots[i] = FIRST + arrays.get(i);
      }
      slots[slots.length - 1] = parameters.size() - 1;
      var code = new Code(b, type(), 0, device, slots);
      new Generator(grid.loop, grid.analysis(), code, new Items(this, device, code)).body();
    });
  }
}
