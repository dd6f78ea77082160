package dev.runnel.autodiff.codegen;

import dev.runnel.autodiff.DType;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** A kernel for a device, as a class with one static method over the device's arrays. */
public sealed interface DeviceCode permits DeviceKernel, DeviceGemm {

  /** The parameter with the context, and the first array's: that of arguments lies between. */
  int CONTEXT = 0;

  int FIRST = 2;

  /** @param name of the class, in this package, and of the method */
  byte[] generate(Device device, String name);

  /** The floating type computed in. */
  DType type();

  /** Whether groups of items go together, and not items alone. */
  boolean together();

  /** Whether there is a parameter that tells of an index out of range. */
  boolean indexed();

  /** Numbers that each item keeps in memory of the kernel's own; a parameter where there are any. */
  int kept();

  /** What a reader may want to know. */
  String describe();

  static ClassDesc array(Device device, DType type) {
    return switch (type) {
      case F32 -> device.floats();
      case F64 -> device.doubles();
      case I32 -> device.ints();
    };
  }

  /** The class around a kernel's body. */
  static byte[] around(Device device, String name, List<ClassDesc> parameters, Consumer<CodeBuilder> body) {
    ClassDesc type = ClassDesc.of(DeviceCode.class.getPackageName(), name);
    var method = MethodTypeDesc.of(ConstantDescs.CD_void, parameters);
    return ClassFile.of().build(type, c -> {
      c.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
      if (!device.task().isEmpty()) {
        c.withInterfaceSymbols(ClassDesc.of(device.task() + parameters.size()));
        var objects = Collections.nCopies(parameters.size(), ConstantDescs.CD_Object);
        c.withMethodBody("apply", MethodTypeDesc.of(ConstantDescs.CD_void, objects), ClassFile.ACC_PUBLIC, b -> {
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
        body.accept(b);
        var end = b.newBoundLabel();
        for (int i = 0; i < parameters.size(); i++) {
          b.localVariable(i, "p" + i, parameters.get(i), start, end);
        }
      });
    });
  }
}
