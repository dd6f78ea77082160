package dev.runnel.experiments.config;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What learns.
 *
 * @param name a model's name
 * @param hidden features H between blocks
 * @param state states D of each block's recurrence
 * @param layers blocks
 * @param solver how its recurrences are solved, by name; no solver changes a result by more than rounding
 * @param options what this model alone has: texts, truth values, whole numbers (Long), numbers (Double) or lists of
 *     these; the model binds them to a record of its own with {@link Binder#bindOptions}
 */
public record ModelConfig(String name, int hidden, int state, int layers, String solver, Map<String, Object> options) {
  /** Checks the values; copies the map. */
  public ModelConfig {
    Check.name("name", name);
    Check.name("solver", solver);
    Check.between("hidden", hidden, 1, 1 << 20);
    Check.between("state", state, 1, 1 << 20);
    Check.between("layers", layers, 1, 1000);
    options = Collections.unmodifiableMap(new TreeMap<>(options));
  }
}
