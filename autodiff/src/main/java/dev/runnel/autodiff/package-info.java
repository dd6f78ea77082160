/**
 * Reverse-mode automatic differentiation on recorded tapes: define once, run many times.
 *
 * <p>Record operations on {@link dev.runnel.autodiff.Tensor}s of a {@link dev.runnel.autodiff.Tape},
 * append gradients, and compile the tape to a {@link dev.runnel.autodiff.Program} with an {@link
 * dev.runnel.autodiff.Engine}. Nothing here knows recurrences or models.
 */
@NullMarked
package dev.runnel.autodiff;

import org.jspecify.annotations.NullMarked;
