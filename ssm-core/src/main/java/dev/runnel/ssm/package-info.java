/**
 * Scans of nonlinear recurrences whose states don't read each other: write a {@link
 * dev.runnel.ssm.Cell}'s {@code step}, and get its trajectory, its Jacobian and its gradients. Where states read
 * each other, a {@link dev.runnel.ssm.DenseCell} runs step after step. Knows no models and no data. Start reading at
 * {@link dev.runnel.ssm.Cell}.
 */
@NullMarked
package dev.runnel.ssm;

import org.jspecify.annotations.NullMarked;
