package dev.runnel.autodiff.codegen;

import static java.lang.constant.ConstantDescs.CD_void;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Loop;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A Loop as a class with one static method over a device's arrays: {@code (context, arguments, arrays.., status if
 * indexed, scratch if anything is kept)}.
 *
 * @param arrays number of each operand's array among the parameters, and of the rows' flags where there are any
 * @param types element types of the arrays
 * @param rows whether flags say which positions of axis 0 are left out
 */
public record DeviceKernel(Loop loop, List<Integer> arrays, List<DType> types, boolean rows) {

  static final int CONTEXT = 0;
  static final int FIRST = 2;

  /** How work items share it. */
  public Grid grid() {
    return new Grid(loop);
  }

  /** @param name of the class, in this package, and of the method */
  public byte[] generate(Device device, String name) {
    Grid grid = grid();
    var parameters = new ArrayList<>(List.of(device.context(), device.longs()));
    types.forEach(t -> parameters.add(array(device, t)));
    if (grid.indexed) {
      parameters.add(device.ints());
    }
    if (grid.kept() > 0) {
      parameters.add(array(device, loop.type()));
    }
    ClassDesc type = ClassDesc.of(DeviceKernel.class.getPackageName(), name);
    var method = MethodTypeDesc.of(CD_void, parameters);
    return ClassFile.of().build(type, c -> {
      c.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
      if (!device.task().isEmpty()) {
        c.withInterfaceSymbols(ClassDesc.of(device.task() + parameters.size()));
        var objects = MethodTypeDesc.of(CD_void, Collections.nCopies(parameters.size(), ConstantDescs.CD_Object));
        c.withMethodBody("apply", objects, ClassFile.ACC_PUBLIC, b -> {
          for (int i = 0; i < parameters.size(); i++) {
            b.aload(i + 1).checkcast(parameters.get(i));
          }
          b.invokestatic(type, name, method).return_();
        });
      }
      c.withMethodBody(ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_PUBLIC, b -> b
          .aload(0)
          .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
          .return_());
      c.withMethodBody(name, method, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, b -> {
        var start = b.newBoundLabel();
        int[] slots = new int[loop.operands().size() + 2];
        for (int i = 0; i < arrays.size(); i++) {
          slots[i] = FIRST + arrays.get(i);
        }
        slots[slots.length - 1] = parameters.size() - 1;
        var code = new Code(b, loop.type(), 0, device, slots);
        new Generator(loop, grid.analysis(), code, new Items(this, device, code)).body();
        var end = b.newBoundLabel();
        for (int i = 0; i < parameters.size(); i++) {
          b.localVariable(i, "p" + i, parameters.get(i), start, end);
        }
      });
    });
  }

  private static ClassDesc array(Device device, DType type) {
    return switch (type) {
      case F32 -> device.floats();
      case F64 -> device.doubles();
      case I32 -> device.ints();
    };
  }
}
