package dev.runnel.experiments.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How one epoch went.
 *
 * @param epoch from 1
 * @param step steps of the optimiser so far
 * @param trainLoss mean over the epoch's batches, while training
 * @param trainAccuracy share of right answers, while training
 * @param validationLoss after the epoch
 * @param validationAccuracy after the epoch
 * @param gradientNorm mean norm of the gradient before clipping
 * @param seconds spent on the epoch
 * @param further metrics of the validation part, by name
 */
public record EpochMetrics(int epoch, long step, double trainLoss, double trainAccuracy, double validationLoss,
    double validationAccuracy, double gradientNorm, double seconds, Map<String, Double> further) {
  /** Copies the map, in its order. */
  public EpochMetrics {
    further = Collections.unmodifiableMap(new LinkedHashMap<>(further));
  }

  /** Without further metrics. */
  public EpochMetrics(int epoch, long step, double trainLoss, double trainAccuracy, double validationLoss,
      double validationAccuracy, double gradientNorm, double seconds) {
    this(epoch, step, trainLoss, trainAccuracy, validationLoss, validationAccuracy, gradientNorm, seconds, Map.of());
  }
}
