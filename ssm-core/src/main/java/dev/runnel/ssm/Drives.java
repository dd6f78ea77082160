package dev.runnel.ssm;

import dev.runnel.autodiff.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a sequence gives each step, by name: over the whole sequence {@code (B, T, lanes..)} where {@link
 * Cell#drive} makes them, one step's {@code (lanes..)} where {@link Cell#step} reads them. An axis may
 * have extent 1.
 */
public record Drives(Map<String, Tensor> byName) {
  public Drives {
    byName = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(byName));
  }

  /** None: a recurrence without input. */
  public static Drives none() {
    return new Drives(Map.of());
  }

  public static Drives of(String name, Tensor drive) {
    return new Drives(Map.of(name, drive));
  }

  /** These and one more. */
  public Drives and(String name, Tensor drive) {
    var more = new LinkedHashMap<>(byName);
    if (more.put(name, drive) != null) {
      throw new IllegalArgumentException("drives: a name not used yet expected, '%s' came".formatted(name));
    }
    return new Drives(more);
  }

  public Tensor get(String name) {
    var drive = byName.get(name);
    if (drive == null) {
      throw new IllegalArgumentException("drives: one of %s expected, '%s' came".formatted(byName.keySet(), name));
    }
    return drive;
  }
}
