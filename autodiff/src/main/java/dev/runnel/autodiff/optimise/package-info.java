/** Optimisers that are recorded on the tape, so that a training step never leaves the kernels. */
@NullMarked
package dev.runnel.autodiff.optimise;

import org.jspecify.annotations.NullMarked;
