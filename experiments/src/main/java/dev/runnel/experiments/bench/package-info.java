/**
 * Measurements that check their result before they time it. A result holds a median over at least twenty runs
 * after warm-up, and says what it was checked against.
 */
@NullMarked
package dev.runnel.experiments.bench;

import org.jspecify.annotations.NullMarked;
