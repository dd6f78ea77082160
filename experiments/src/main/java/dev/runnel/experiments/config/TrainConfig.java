package dev.runnel.experiments.config;

import java.util.List;

/**
 * How a model is trained.
 *
 * @param epochs passes over the train part, at most
 * @param patience epochs without a better one after which training ends; 0 for never
 * @param batch rows a step; the last batch of an epoch may have fewer
 * @param optimiser how a gradient becomes a step
 * @param dtype the numbers that are computed with
 * @param metrics names of metrics to be told besides accuracy and loss
 * @param select name of the metric of the validation part by which the best epoch is chosen
 * @param callbacks names of what is told after each epoch
 * @param dropLast whether the last, short batch of each part is left out, scores included, as the published code of LrcSSM
 *     does; for comparing with its numbers
 */
public record TrainConfig(
    int epochs,
    int patience,
    int batch,
    OptimiserConfig optimiser,
    Precision dtype,
    List<String> metrics,
    String select,
    List<String> callbacks,
    boolean dropLast) {
  /** Width of the numbers that are computed with. */
  public enum Precision {
    /** 32 bits. */
    F32,
    /** 64 bits. */
    F64
  }

  /** Chosen by accuracy, with no other metrics and no callbacks. */
  public TrainConfig(int epochs, int patience, int batch, OptimiserConfig optimiser, Precision dtype) {
    this(epochs, patience, batch, optimiser, dtype, List.of(), "accuracy", List.of(), false);
  }

  /** Checks the values; copies the lists. */
  public TrainConfig {
    Check.between("epochs", epochs, 1, 10_000_000);
    Check.between("patience", patience, 0, 10_000_000);
    Check.between("batch", batch, 1, 1 << 20);
    metrics.forEach(name -> Check.name("metrics", name));
    Check.name("select", select);
    callbacks.forEach(name -> Check.name("callbacks", name));
    metrics = List.copyOf(metrics);
    callbacks = List.copyOf(callbacks);
  }
}
