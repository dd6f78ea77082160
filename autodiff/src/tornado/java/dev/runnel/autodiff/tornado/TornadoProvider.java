package dev.runnel.autodiff.tornado;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/**
 * How TornadoVM is set before it is loaded: a kernel that does not compile is an error, where by default it would
 * run in Java without a word; and nobody looks for the class files of generated kernels, which are none.
 */
public final class TornadoProvider implements Accelerator.Provider {
  private static final String LOOKUP = "tornado.load.annotation.implementation";

  /**
   * What is set unless the command line does: {@code native_sqrt} and the like have floats' digits even for doubles;
   * the phase for FMA fails at x y + x y; by default arithmetic is not IEEE's, a graph of forty tasks does not fit
   * its buffer, and 4 GB are all the memory a device may use.
   */
  private static final Map<String, String> USUAL = Map.of(
      "tornado.enable.nativeFunctions", "False",
      "tornado.enable.fma", "False",
      "tornado.opencl.compiler.flags", "-w",
      "tornado.tvm.maxbytecodesize", "4194304",
      "tornado.device.memory", "1024GB");

  /** Made by the service loader. */
  public TornadoProvider() {}

  @Override
  public Accelerator open(String device, String dump) {
    if (!dump.isEmpty()) {
      System.setProperty("tornado.printKernel", "True");
      System.setProperty("tornado.print.kernel.dir", Path.of(dump, "kernels.cl").toString());
    }
    var runtime = runtime();
    try {
      String[] parts = device.split(":", 2);
      int backend = Integer.parseInt(parts[0]);
      int number = parts.length < 2 ? 0 : Integer.parseInt(parts[1]);
      if (backend < runtime.getNumBackends() && number < runtime.getBackend(backend).getNumDevices()) {
        return new TornadoAccelerator(runtime.getBackend(backend).getDevice(number), dump);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("tornado: a device like 0:0 expected, '%s' came".formatted(device), e);
    }
    throw new IllegalArgumentException("tornado: one of %s expected, '%s' came".formatted(devices(), device));
  }

  @Override
  public Map<String, String> devices() {
    var runtime = runtime();
    var devices = new LinkedHashMap<String, String>();
    for (int b = 0; b < runtime.getNumBackends(); b++) {
      for (int d = 0; d < runtime.getBackend(b).getNumDevices(); d++) {
        devices.put(b + ":" + d, describe(runtime.getBackend(b).getDevice(d)));
      }
    }
    return devices;
  }

  /** TornadoVM, once it is set as we need it; what keeps it from loading is told in one line. */
  private static TornadoRuntime runtime() {
    if (System.getProperty("tornado.load.runtime.implementation") == null) {
      throw new IllegalArgumentException(
          "tornado: TornadoVM's own flags expected, none came; start java with @$TORNADOVM_HOME/tornado-argfile");
    }
    System.setProperty("tornado.recover.bailout", "False");
    USUAL.forEach((property, value) -> System.setProperty(property, System.getProperty(property, value)));
    String usual = System.getProperty(LOOKUP);
    if (usual != null && !usual.startsWith(TornadoProvider.class.getPackageName())) {
      System.setProperty(LOOKUP, lookup(usual));
    }
    try {
      return TornadoRuntimeProvider.getTornadoRuntime();
    } catch (RuntimeException | Error e) {
      throw failure("", e);
    }
  }

  private static String describe(TornadoDevice device) {
    return "%s, %s, %,d MiB".formatted(device.getPhysicalDevice().getDeviceName(), device.getPlatformName(),
        device.getMaxGlobalMemory() >> 20);
  }

  /** What went wrong in one line. */
  static IllegalArgumentException failure(String where, Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String said = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return new IllegalArgumentException("tornado%s: %s: %s; see runnel doctor, and kernels by --dump-kernels DIR"
        .formatted(where, cause.getClass().getSimpleName(), said), e);
  }

  /** A class that answers for generated kernels that they have no annotations, and asks the usual one for others. */
  private static String lookup(String usual) {
    var type = ClassDesc.of(TornadoProvider.class.getPackageName(), "Lookup");
    var asked = ClassDesc.of(usual);
    var annotation = ClassDesc.of("uk.ac.manchester.tornado.runtime.common.ParallelAnnotationProvider");
    var method = ClassDesc.of("jdk.vm.ci.meta.ResolvedJavaMethod");
    var find = MethodTypeDesc.of(annotation.arrayType(), method);
    var string = ConstantDescs.CD_String;
    byte[] bytes = ClassFile.of().build(type, c -> c
        .withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL)
        .withInterfaceSymbols(ClassDesc.of("uk.ac.manchester.tornado.runtime.ASMClassVisitorProvider"))
        .withMethodBody(ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_PUBLIC, b -> b
            .aload(0).invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void).return_())
        .withMethodBody("getParallelAnnotations", find, ClassFile.ACC_PUBLIC, b -> {
          var others = b.newLabel();
          b.aload(1).invokestatic(string, "valueOf", MethodTypeDesc.of(string, ConstantDescs.CD_Object));
          b.loadConstant("k_runnel");
          b.invokevirtual(string, "contains",
              MethodTypeDesc.of(ConstantDescs.CD_boolean, ClassDesc.of("java.lang.CharSequence")));
          b.ifeq(others).iconst_0().anewarray(annotation).areturn();
          b.labelBinding(others).new_(asked).dup();
          b.invokespecial(asked, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void);
          b.aload(1).invokevirtual(asked, "getParallelAnnotations", find).areturn();
        }));
    try {
      return MethodHandles.lookup().defineClass(bytes).getName();
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
