package dev.runnel.autodiff.codegen;

import static java.lang.constant.ConstantDescs.CD_Class;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Ins.Fold;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Prim;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * Writes single instructions for one floating type and register width: constants, loads, stores, folds;
 * {@link Primitives} writes the arithmetic. Operands come as runnables that push them.
 */
final class Code {
  private static final String VECTORS = "jdk.incubator.vector.";
  static final ClassDesc VECTOR = ClassDesc.of(VECTORS + "Vector");
  static final ClassDesc MASK = ClassDesc.of(VECTORS + "VectorMask");
  static final ClassDesc SPECIES = ClassDesc.of(VECTORS + "VectorSpecies");
  static final ClassDesc OPERATORS = ClassDesc.of(VECTORS + "VectorOperators");
  private static final ClassDesc SEGMENT = ClassDesc.of("java.lang.foreign.MemorySegment");
  private static final ClassDesc ORDER = ClassDesc.of("java.nio.ByteOrder");
  static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
  static final ClassDesc HOLDER = ClassDesc.of("dev.runnel.autodiff.simd.Species");
  static final ClassDesc RAW = ClassDesc.of("dev.runnel.autodiff.simd.Raw");
  private static final ClassDesc LANE = ClassDesc.of("dev.runnel.autodiff.codegen.Lane");

  /** Stands for an operand: memory of the kernel's own. */
  static final int SCRATCH = -1;

  final CodeBuilder b;
  final DType type;
  final int bits;
  final boolean wide;
  final Primitives primitives;

  /** What a GPU kernel is written against; null on a CPU. */
  final @Nullable Device device;

  private final int[] arrays;

  /** @param arrays parameter of each operand's array on a device, and of the kernel's own scratch memory */
  Code(CodeBuilder b, DType type, int bits, @Nullable Device device, int[] arrays) {
    this.b = b;
    this.device = device;
    this.arrays = arrays;
    this.type = type;
    this.bits = bits;
    wide = type == DType.F64;
    primitives = new Primitives(this);
  }

  boolean vector() {
    return bits > 0;
  }

  int lanes() {
    return vector() ? bits / (wide ? 64 : 32) : 1;
  }

  ClassDesc scalar(Kind kind) {
    return switch (kind) {
      case FLOAT -> wide ? CD_double : CD_float;
      case INT -> wide ? CD_long : CD_int;
      case MASK -> CD_boolean;
    };
  }

  ClassDesc lanesOf(Kind kind) {
    return switch (kind) {
      case FLOAT -> ClassDesc.of(VECTORS + (wide ? "DoubleVector" : "FloatVector"));
      case INT -> ClassDesc.of(VECTORS + (wide ? "LongVector" : "IntVector"));
      case MASK -> MASK;
    };
  }

  void species(Kind kind) {
    boolean number = kind == Kind.FLOAT || (kind == Kind.MASK && type != DType.I32);
    b.getstatic(HOLDER, (number ? wide ? "D" : "F" : wide ? "L" : "I") + bits, SPECIES);
  }

  void operator(String name, String group) {
    b.getstatic(OPERATORS, name, OPERATORS.nested(group));
  }

  void virtual(ClassDesc on, String name, ClassDesc result, ClassDesc... parameters) {
    b.invokevirtual(on, name, MethodTypeDesc.of(result, parameters));
  }

  void raw(String name, ClassDesc result, ClassDesc... parameters) {
    b.invokestatic(device == null ? RAW : LANE, name, MethodTypeDesc.of(result, parameters));
  }

  /** A function of numbers of the floating type. */
  void maths(String name, int parameters) {
    ClassDesc f = scalar(Kind.FLOAT);
    boolean own = device != null && switch (name) {
      case "fma", "min", "max" -> true;
      default -> false;
    };
    ClassDesc owner = device == null ? MATH : own ? LANE : device.maths();
    b.invokestatic(owner, name, MethodTypeDesc.of(f, Collections.nCopies(parameters, f)));
  }

  /** What an address moves by from one element to the next. */
  long unit(DType element) {
    return device == null ? element.bytes() : 1;
  }

  /** What an address moves by from one kept state to the next. */
  long keptUnit() {
    return device == null ? 64 : 1;
  }

  TypeKind variable(Kind kind, boolean asVector) {
    return asVector ? TypeKind.REFERENCE : TypeKind.from(scalar(kind));
  }

  void constant(Kind kind, double value) {
    if (kind == Kind.FLOAT && device != null && !Double.isFinite(value)) {
      unlimited(device, value);
    } else if (kind == Kind.FLOAT) {
      b.loadConstant(wide ? (ConstantDesc) value : (ConstantDesc) (float) value);
    } else if (wide) {
      b.loadConstant((long) value);
    } else {
      b.loadConstant((int) (long) value);
    }
  }

  /** int on the stack to an INT. */
  void toInt() {
    if (wide) {
      b.i2l();
    }
  }

  void toLong() {
    if (!wide) {
      b.i2l();
    }
  }

  /** Devices take no constant that is not finite: it is divided by argument 0, which is 0. */
  private void unlimited(Device d, double value) {
    Runnable zero = () -> {
      b.aload(1).iconst_0().invokevirtual(d.longs(), "get", MethodTypeDesc.of(CD_long, CD_int));
      if (wide) {
        b.l2d();
      } else {
        b.l2f();
      }
    };
    if (Double.isNaN(value)) {
      zero.run();
    } else {
      constant(Kind.FLOAT, Math.signum(value));
    }
    zero.run();
    primitives.arithmetic(Prim.DIV);
  }

  private ClassDesc array(Device d, DType element) {
    return switch (element) {
      case F32 -> d.floats();
      case F64 -> d.doubles();
      case I32 -> d.ints();
    };
  }

  private int parameter(int operand) {
    return arrays[operand == SCRATCH ? arrays.length - 1 : operand];
  }

  /** Stack: an operand's address. Leaves the element there as a number of this code's type. */
  void loadOne(int operand, DType element) {
    if (device != null) {
      b.l2i().aload(parameter(operand)).swap();
      b.invokevirtual(array(device, element), "get", MethodTypeDesc.of(number(element), CD_int));
      if (element == DType.I32) {
        toInt();
      }
      return;
    }
    switch (element) {
      case F32 -> raw("getFloat", CD_float, CD_long);
      case F64 -> raw("getDouble", CD_double, CD_long);
      case I32 -> {
        raw("getInt", CD_int, CD_long);
        toInt();
      }
    }
  }

  private static ClassDesc number(DType element) {
    return switch (element) {
      case F32 -> CD_float;
      case F64 -> CD_double;
      case I32 -> CD_int;
    };
  }

  /** Stack: an operand's address, number. */
  void storeOne(int operand, DType element) {
    if (element == DType.I32 && wide) {
      b.l2i();
    }
    ClassDesc n = number(element);
    if (device != null) {
      int held = b.allocateLocal(TypeKind.from(n));
      b.storeLocal(TypeKind.from(n), held).l2i().aload(parameter(operand)).swap().loadLocal(TypeKind.from(n), held);
      b.invokevirtual(array(device, element), "set", MethodTypeDesc.of(CD_void, CD_int, n));
      return;
    }
    raw("put", CD_void, CD_long, n);
  }

  /** Pushes the lanes at an address. */
  void load(DType element, Runnable address) {
    boolean widen = element == DType.I32 && wide;
    ClassDesc v = memoryVector(element, widen);
    memorySpecies(element, widen);
    b.getstatic(RAW, "ALL", SEGMENT);
    address.run();
    b.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
    b.invokestatic(v, "fromMemorySegment", MethodTypeDesc.of(v, SPECIES, SEGMENT, CD_long, ORDER));
    if (widen) {
      operator("I2L", "Conversion");
      species(Kind.INT);
      convertShape(Kind.INT);
    }
    exact(element == DType.I32 ? Kind.INT : Kind.FLOAT);
  }

  /** Writes lanes to an address. */
  void store(DType element, Runnable value, Runnable address) {
    boolean narrow = element == DType.I32 && wide;
    ClassDesc v = memoryVector(element, narrow);
    value.run();
    if (narrow) {
      operator("L2I", "Conversion");
      memorySpecies(element, true);
      b.iconst_0();
      virtual(VECTOR, "convertShape", VECTOR, OPERATORS.nested("Conversion"), SPECIES, CD_int);
      b.checkcast(v);
    }
    b.getstatic(RAW, "ALL", SEGMENT);
    address.run();
    b.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
    virtual(v, "intoMemorySegment", CD_void, SEGMENT, CD_long, ORDER);
  }

  private ClassDesc memoryVector(DType element, boolean half) {
    return half ? ClassDesc.of(VECTORS + "IntVector") : lanesOf(element == DType.I32 ? Kind.INT : Kind.FLOAT);
  }

  private void memorySpecies(DType element, boolean half) {
    if (half) {
      b.getstatic(HOLDER, "I" + bits / 2, SPECIES);
    } else {
      species(element == DType.I32 ? Kind.INT : Kind.FLOAT);
    }
  }

  void convertShape(Kind to) {
    b.iconst_0();
    virtual(VECTOR, "convertShape", VECTOR, OPERATORS.nested("Conversion"), SPECIES, CD_int);
    b.checkcast(lanesOf(to));
  }

  /** Pushes a scalar in all lanes. */
  void broadcast(Kind kind, Runnable value) {
    species(kind);
    value.run();
    if (kind == Kind.MASK) {
      b.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, CD_boolean));
    } else {
      ClassDesc v = lanesOf(kind);
      b.invokestatic(v, "broadcast", MethodTypeDesc.of(v, SPECIES, scalar(kind)));
      exact(kind);
    }
  }

  /** Pushes 0, 1, 2, .. as INT. */
  void iota() {
    ClassDesc v = lanesOf(Kind.INT);
    species(Kind.INT);
    b.getstatic(RAW, "ALL", SEGMENT);
    b.getstatic(RAW, wide ? "IOTA8" : "IOTA4", CD_long);
    b.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
    b.invokestatic(v, "fromMemorySegment", MethodTypeDesc.of(v, SPECIES, SEGMENT, CD_long, ORDER));
    exact(Kind.INT);
  }

  /** {@link #exact} for the FLOAT vector in a variable that a loop carries. */
  void settle(int slot) {
    b.aload(slot);
    exact(Kind.FLOAT);
    b.astore(slot);
  }

  /**
   * Stack: a vector. Tells the compiler its class: a call of a method of a vector whose class it doesn't
   * know yet is left to chance, that is to profiles, and then the vector is boxed. Costs nothing at run time.
   */
  private void exact(Kind kind) {
    b.invokestatic(ClassDesc.of("java.util.Objects"), "requireNonNull", MethodTypeDesc.of(CD_Object, CD_Object));
    b.getstatic(HOLDER, "TYPE_" + (kind == Kind.FLOAT ? wide ? "D" : "F" : wide ? "L" : "I") + bits, CD_Class).swap();
    virtual(CD_Class, "cast", CD_Object, CD_Object);
    b.checkcast(lanesOf(kind));
  }

  /** Stack: a lane vector. Leaves its first lane. */
  void first(Kind kind) {
    b.iconst_0();
    virtual(lanesOf(kind), "lane", scalar(kind), CD_int);
  }

  /** Pushes the mask of lanes whose number is below a limit; both are INT vectors. */
  void below(Runnable iota, Runnable limit) {
    primitives.lanes(Prim.ILT, iota, limit, limit, 0);
  }

  /** {@code mask ? a : b} for numbers of one kind. */
  void blend(Kind kind, Runnable mask, Runnable a, Runnable b) {
    primitives.lanes(kind == Kind.INT ? Prim.ISEL : Prim.SEL, mask, a, b, 0);
  }

  /** Combines what is held with one more value; this comes first for lanes, since its class is known. */
  void fold(Fold fold, boolean asVector, Runnable a, Runnable b2) {
    var prim = fold == Fold.SUM ? Prim.ADD : Prim.MAX;
    if (asVector) {
      primitives.lanes(prim, b2, a, a, 0);
    } else {
      primitives.one(prim, a, b2, b2);
    }
  }

  /** Stack: address of stored lanes. Leaves their fold, in a fixed order. */
  void foldLanes(Fold fold) {
    b.loadConstant(lanes());
    raw((fold == Fold.SUM ? "sum" : "max") + (wide ? "Double" : "Float"), scalar(Kind.FLOAT), CD_long, CD_int);
  }

  void identity(Fold fold) {
    constant(Kind.FLOAT, fold.identity());
  }
}
