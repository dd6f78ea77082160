package dev.runnel.autodiff.tornado;

import dev.runnel.autodiff.codegen.Device;
import dev.runnel.autodiff.kernel.Backend;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Something that compiles kernels and launches them over arrays of its own. */
public interface Accelerator extends AutoCloseable {
  Logger LOG = LoggerFactory.getLogger(Accelerator.class);

  /** The types that kernels are written against. */
  Device device();

  /**
   * Compiles what is not compiled yet and makes arrays.
   *
   * @throws IllegalArgumentException in one line, if there is too little memory or a kernel does not compile
   */
  Session open(Schedule schedule);

  /** Kernels compiled so far, and those that were found compiled. */
  default Backend.Compiles compiles() {
    return new Backend.Compiles(0, 0, 0);
  }

  @Override
  default void close() {}

  /** Where accelerators come from: found as a service, where a build has one. */
  interface Provider {

    /**
     * One on a device.
     *
     * @param device {@code backend:number}, as {@link #devices} lists them
     * @param dump folder for kernels' sources, empty for none
     * @throws IllegalArgumentException in one line, when there is no such device or nothing to run it
     */
    Accelerator open(String device, String dump);

    /**
     * Names and descriptions of what is there.
     *
     * @throws IllegalArgumentException in one line, when nothing is
     */
    Map<String, String> devices();
  }

  /**
   * The provider that this build has.
   *
   * @throws IllegalArgumentException in one line, when it has none
   */
  static Provider provider() {
    try {
      var found = ServiceLoader.load(Provider.class).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
    } catch (ServiceConfigurationError e) {
      LOG.debug("a provider that was built earlier, and is here no more: {}", e.getMessage());
    }
    throw new IllegalArgumentException(
        "tornado: a build with TornadoVM expected, this one has none; sdk install tornadovm, set TORNADOVM_HOME and "
            + "build again (docs/GPU.md)");
  }

  /** One schedule's arrays. */
  interface Session extends AutoCloseable {

    /** Brings inputs to the device, and variables if the host may have changed them. */
    void begin(boolean variables);

    /** Runs launches one after another. */
    void run(Schedule.Batch batch);

    /** Whether one of the flags is not 0. */
    boolean any(Schedule.Flags flags);

    /** Brings outputs back; whether every index was in range. */
    boolean end();

    /** Brings variables back. */
    void fetch();

    @Override
    default void close() {}
  }
}
