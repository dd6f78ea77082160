package dev.runnel.experiments.config;

/**
 * One training of one model on one split.
 *
 * @param name what reports call it
 * @param seed keys everything random: split, initial values, order of batches, dropout
 * @param data what to learn from
 * @param model what learns
 * @param train how
 * @param backend on what
 */
public record TrialConfig(
    String name, long seed, DataConfig data, ModelConfig model, TrainConfig train, BackendConfig backend) {
  /** Checks the values. */
  public TrialConfig {
    Check.name("name", name);
    Check.that("seed", seed >= 0, "at least 0", seed);
  }

  /** The same trial with another seed. */
  public TrialConfig withSeed(long other) {
    return new TrialConfig(name, other, data, model, train, backend);
  }

  /** The same trial with its recurrences solved otherwise. */
  public TrialConfig withSolver(String solver) {
    var other = new ModelConfig(model.name(), model.hidden(), model.state(), model.layers(), solver, model.options());
    return new TrialConfig(name, seed, data, other, train, backend);
  }
}
