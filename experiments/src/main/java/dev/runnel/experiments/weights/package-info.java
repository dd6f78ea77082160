/**
 * Named arrays on disk in the safetensors format, which PyTorch, JAX and NumPy read too. Start with
 * {@link dev.runnel.experiments.weights.SafeTensors}. Nothing here knows what the arrays mean.
 */
@NullMarked
package dev.runnel.experiments.weights;

import org.jspecify.annotations.NullMarked;
