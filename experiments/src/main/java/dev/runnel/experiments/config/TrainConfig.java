package dev.runnel.experiments.config;

/**
 * How a model is trained.
 *
 * @param epochs passes over the train part, at most
 * @param patience epochs without a better validation accuracy after which training ends; 0 for never
 * @param batch rows a step; the last batch of an epoch may have fewer
 * @param optimiser how a gradient becomes a step
 * @param dtype the numbers that are computed with
 */
public record TrainConfig(int epochs, int patience, int batch, OptimiserConfig optimiser, Precision dtype) {
  /** Width of the numbers that are computed with. */
  public enum Precision {
    /** 32 bits. */
    F32,
    /** 64 bits. */
    F64
  }

  /** Checks the values. */
  public TrainConfig {
    Check.between("epochs", epochs, 1, 10_000_000);
    Check.between("patience", patience, 0, 10_000_000);
    Check.between("batch", batch, 1, 1 << 20);
  }
}
