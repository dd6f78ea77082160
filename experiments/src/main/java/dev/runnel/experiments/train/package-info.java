/**
 * Training and use of one model on one split: what is recorded on tapes, the loop over epochs, and weights
 * in files. Start reading at {@link dev.runnel.experiments.train.Trainer}
 * and what it opens, {@code Training}.
 */
@NullMarked
package dev.runnel.experiments.train;

import org.jspecify.annotations.NullMarked;
