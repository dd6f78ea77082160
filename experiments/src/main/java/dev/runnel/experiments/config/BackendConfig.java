package dev.runnel.experiments.config;

/**
 * What a trial runs on.
 *
 * @param name a backend's name
 * @param threads workers; 0 for one a core. The bits of a result don't depend on it
 * @param device which of the backend's devices
 */
public record BackendConfig(String name, int threads, int device) {
  /** Checks the values. */
  public BackendConfig {
    Check.name("name", name);
    Check.between("threads", threads, 0, 4096);
    Check.between("device", device, 0, 4096);
  }

  /** {@link #threads}, or the number of cores where it is 0. */
  public int workers() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
