/**
 * What a paper says of repeated trials: {@link dev.runnel.experiments.statistics.Summary},
 * {@link dev.runnel.experiments.statistics.Interval}, {@link dev.runnel.experiments.statistics.Paired} tests and
 * {@link dev.runnel.experiments.statistics.Ranks} over datasets. Numbers in, numbers out.
 */
@NullMarked
package dev.runnel.experiments.statistics;

import org.jspecify.annotations.NullMarked;
