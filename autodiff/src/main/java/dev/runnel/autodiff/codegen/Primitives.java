package dev.runnel.autodiff.codegen;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.kernel.Kind;
import dev.runnel.autodiff.kernel.Prim;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;

/** What every {@link Prim} is in bytecode, in lanes and in one lane. */
final class Primitives {
  /** 2^52 + 2^51: added to a double of smaller magnitude, it leaves an integer in the low bits. */
  private static final double MAGIC = 0x1.8p52;

  private final Code code;
  private final CodeBuilder b;
  private final boolean wide;

  Primitives(Code code) {
    this.code = code;
    b = code.b;
    wide = code.wide;
  }

  /** Pushes a primitive of lanes; a shift's count is the constant {@code count}. */
  void lanes(Prim p, Runnable x, Runnable y, Runnable z, int count) {
    ClassDesc f = code.lanesOf(Kind.FLOAT);
    ClassDesc i = code.lanesOf(Kind.INT);
    switch (p) {
      case ADD, SUB, MUL, DIV, MIN, MAX -> binary(f, p.name().toLowerCase(Locale.ROOT), x, y);
      case IADD, ISUB, IMUL, IAND, IOR -> binary(i, p.name().substring(1).toLowerCase(Locale.ROOT), x, y);
      case FMA -> {
        x.run();
        y.run();
        z.run();
        code.virtual(f, "fma", f, Code.VECTOR, Code.VECTOR);
      }
      case NEG, ABS, SQRT -> {
        x.run();
        code.virtual(f, p.name().toLowerCase(Locale.ROOT), f);
      }
      case IXOR -> {
        x.run();
        code.operator("XOR", "Associative");
        y.run();
        code.virtual(i, "lanewise", i, Code.OPERATORS.nested("Binary"), Code.VECTOR);
      }
      case ISHL, ISHR, IUSHR -> {
        x.run();
        code.operator(p == Prim.ISHL ? "LSHL" : p == Prim.ISHR ? "ASHR" : "LSHR", "Binary");
        code.constant(Kind.INT, count);
        code.virtual(i, "lanewise", i, Code.OPERATORS.nested("Binary"), code.scalar(Kind.INT));
      }
      case LT, LE, EQ, ILT, IEQ -> {
        x.run();
        boolean integer = p == Prim.ILT || p == Prim.IEQ;
        code.operator(integer ? p.name().substring(1) : p.name(), "Comparison");
        y.run();
        code.virtual(integer ? i : f, "compare", Code.MASK, Code.OPERATORS.nested("Comparison"), Code.VECTOR);
        if (integer && code.type != DType.I32) {
          code.species(Kind.FLOAT);
          code.virtual(Code.MASK, "cast", Code.MASK, Code.SPECIES);
        }
      }
      case MAND, MOR -> {
        x.run();
        y.run();
        code.virtual(Code.MASK, p == Prim.MAND ? "and" : "or", Code.MASK, Code.MASK);
      }
      case MNOT -> {
        x.run();
        code.virtual(Code.MASK, "not", Code.MASK);
      }
      case SEL, ISEL -> {
        z.run();
        y.run();
        x.run();
        ClassDesc v = p == Prim.SEL ? f : i;
        if (p == Prim.ISEL && code.type != DType.I32) {
          code.species(Kind.INT);
          code.virtual(Code.MASK, "cast", Code.MASK, Code.SPECIES);
        }
        code.virtual(v, "blend", v, Code.VECTOR, Code.MASK);
      }
      case BITS -> {
        x.run();
        code.virtual(f, wide ? "reinterpretAsLongs" : "reinterpretAsInts", i);
      }
      case FROM_BITS -> {
        x.run();
        code.virtual(i, wide ? "reinterpretAsDoubles" : "reinterpretAsFloats", f);
      }
      case TO_FLOAT -> toFloat(x, f, i);
      case TO_INT -> toInt(x, i);
      case EXP, LOG, TANH, SIN, COS, POW -> throw new IllegalStateException(p + " is a device's");
    }
  }

  private void binary(ClassDesc v, String name, Runnable x, Runnable y) {
    x.run();
    y.run();
    code.virtual(v, name, v, Code.VECTOR);
  }

  private void toFloat(Runnable x, ClassDesc f, ClassDesc i) {
    if (!wide) {
      x.run();
      code.operator("I2F", "Conversion");
      b.iconst_0();
      code.virtual(Code.VECTOR, "convert", Code.VECTOR, Code.OPERATORS.nested("Conversion"), CD_int);
      b.checkcast(f);
      return;
    }
    // AVX2 converts no longs: add to the bits of 2^52 + 2^51, take that away again as a number.
    x.run();
    code.broadcast(Kind.INT, () -> b.loadConstant(Double.doubleToRawLongBits(MAGIC)));
    code.virtual(i, "add", i, Code.VECTOR);
    code.virtual(i, "reinterpretAsDoubles", f);
    code.broadcast(Kind.FLOAT, () -> b.loadConstant(MAGIC));
    code.virtual(f, "sub", f, Code.VECTOR);
  }

  private void toInt(Runnable x, ClassDesc i) {
    x.run();
    if (!wide) {
      code.operator("F2I", "Conversion");
      b.iconst_0();
      code.virtual(Code.VECTOR, "convert", Code.VECTOR, Code.OPERATORS.nested("Conversion"), CD_int);
      b.checkcast(i);
      return;
    }
    code.operator("D2I", "Conversion");
    b.getstatic(Code.HOLDER, "I" + code.bits / 2, Code.SPECIES);
    b.iconst_0();
    code.virtual(Code.VECTOR, "convertShape", Code.VECTOR, Code.OPERATORS.nested("Conversion"), Code.SPECIES, CD_int);
    code.operator("I2L", "Conversion");
    code.species(Kind.INT);
    code.convertShape(Kind.INT);
  }

  /** Pushes a primitive of single numbers. */
  void one(Prim p, Runnable x, Runnable y, Runnable z) {
    ClassDesc f = code.scalar(Kind.FLOAT);
    ClassDesc i = code.scalar(Kind.INT);
    boolean widens = code.device == null && !wide && p.result() == Kind.MASK && p.operands().getFirst() != Kind.MASK;
    Runnable widened = !widens ? () -> {} : p.operands().getFirst() == Kind.FLOAT ? b::f2d : b::i2l;
    x.run();
    widened.run();
    if (p.operands().size() > 1) {
      y.run();
      widened.run();
    }
    if (p.operands().size() > 2) {
      z.run();
    }
    switch (p) {
      case ADD, SUB, MUL, DIV, NEG, IADD, ISUB, IMUL, IAND, IOR, IXOR, ISHL, ISHR, IUSHR -> arithmetic(p);
      case FMA, ABS, MIN, MAX, EXP, LOG, TANH, SIN, COS, POW ->
          code.maths(p.name().toLowerCase(Locale.ROOT), p.operands().size());
      case SQRT -> {
        boolean rounds = !wide && code.device == null;
        if (rounds) {
          b.f2d();
          b.invokestatic(Code.MATH, "sqrt", MethodTypeDesc.of(CD_double, CD_double));
          b.d2f();
        } else {
          code.maths("sqrt", 1);
        }
      }
      case LT, LE, EQ -> compare(p.name(), widens ? CD_double : f);
      case ILT, IEQ -> compare(p.name().substring(1), widens ? CD_long : i);
      case MAND -> b.iand();
      case MOR -> b.ior();
      case MNOT -> {
        b.iconst_1();
        b.ixor();
      }
      case SEL -> code.raw("select", f, CD_boolean, f, f);
      case ISEL -> code.raw("select", i, CD_boolean, i, i);
      case BITS -> b.invokestatic(wide ? ClassDesc.of("java.lang.Double") : ClassDesc.of("java.lang.Float"),
          wide ? "doubleToRawLongBits" : "floatToRawIntBits", MethodTypeDesc.of(i, f));
      case FROM_BITS -> b.invokestatic(wide ? ClassDesc.of("java.lang.Double") : ClassDesc.of("java.lang.Float"),
          wide ? "longBitsToDouble" : "intBitsToFloat", MethodTypeDesc.of(f, i));
      case TO_FLOAT -> {
        if (wide) {
          b.l2d();
        } else {
          b.i2f();
        }
      }
      case TO_INT -> {
        if (wide) {
          b.d2i();
          b.i2l();
        } else {
          b.f2i();
        }
      }
    }
  }

  private void compare(String name, ClassDesc n) {
    code.raw(name.toLowerCase(Locale.ROOT), CD_boolean, n, n);
  }

  void arithmetic(Prim p) {
    switch (p) {
      case ADD -> pick(b::dadd, b::fadd);
      case SUB -> pick(b::dsub, b::fsub);
      case MUL -> pick(b::dmul, b::fmul);
      case DIV -> pick(b::ddiv, b::fdiv);
      case NEG -> pick(b::dneg, b::fneg);
      case IADD -> pick(b::ladd, b::iadd);
      case ISUB -> pick(b::lsub, b::isub);
      case IMUL -> pick(b::lmul, b::imul);
      case IAND -> pick(b::land, b::iand);
      case IOR -> pick(b::lor, b::ior);
      case IXOR -> pick(b::lxor, b::ixor);
      case ISHL -> shift(b::lshl, b::ishl);
      case ISHR -> shift(b::lshr, b::ishr);
      case IUSHR -> shift(unsigned(b::lushr), unsigned(b::iushr));
      default -> throw new IllegalStateException(p.name());
    }
  }

  /** A count of the Loop's INT type is on the stack; shifts of longs take an int. */
  private void shift(Runnable ifWide, Runnable otherwise) {
    if (wide) {
      b.l2i();
    }
    pick(ifWide, otherwise);
  }

  private Runnable unsigned(Runnable shift) {
    ClassDesc i = code.scalar(Kind.INT);
    return code.device == null ? shift : () -> code.raw("ushr", i, i, CD_int);
  }

  private void pick(Runnable ifWide, Runnable otherwise) {
    (wide ? ifWide : otherwise).run();
  }
}
