package dev.runnel.experiments.config;

/**
 * What a trial runs on.
 *
 * @param name a backend's name
 * @param threads workers; 0 for one a core. The bits of a result don't depend on it
 * @param device {@code backend:number}, as {@code runnel doctor} lists them; the CPU's backends have but one
 * @param dump folder into which a GPU's kernels are written, empty for none
 */
public record BackendConfig(String name, int threads, String device, String dump) {
  /** Checks the values. */
  public BackendConfig {
    Check.name("name", name);
    Check.between("threads", threads, 0, 4096);
    if (!device.matches("\\d{1,3}:\\d{1,3}")) {
      throw new IllegalArgumentException("device: backend:number like 0:0 expected, '%s' came".formatted(device));
    }
  }

  /** {@link #threads}, or the number of cores where it is 0. */
  public int workers() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
