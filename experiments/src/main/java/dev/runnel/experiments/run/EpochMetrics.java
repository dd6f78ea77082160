package dev.runnel.experiments.run;

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
 */
public record EpochMetrics(int epoch, long step, double trainLoss, double trainAccuracy, double validationLoss,
    double validationAccuracy, double gradientNorm, double seconds) {}
