package dev.runnel.autodiff.codegen;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/**
 * The types that a GPU kernel is written against, by name, in the manner of TornadoVM's {@code KernelContext}: arrays
 * have {@code get(int)} and {@code set(int, x)}; the context has {@code globalIdx}, {@code groupIdx} and {@code
 * localIdx}, local arrays and a barrier; the maths class has functions of one type.
 *
 * @param task prefix of the name of the interfaces with {@code apply} of n objects, n following; empty for none
 * @param group work items of a group that goes together, a power of four
 */
public record Device(
    ClassDesc context,
    ClassDesc longs,
    ClassDesc ints,
    ClassDesc floats,
    ClassDesc doubles,
    ClassDesc maths,
    String task,
    int group) {

  private static final ClassDesc INTEGER = ClassDesc.of("java.lang.Integer");

  /** Pushes one of the context's numbers; the context is parameter 0. */
  void position(CodeBuilder b, String name) {
    b.aload(0).getfield(context, name, INTEGER);
    b.invokevirtual(INTEGER, "intValue", MethodTypeDesc.of(ConstantDescs.CD_int));
  }
}
