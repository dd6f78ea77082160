/**
 * What stands around recurrences: encoders, norms, gates, dropout, residual blocks, heads, each a {@link
 * dev.runnel.models.Layer}. Parameters are named and shaped as PyTorch's. Start reading at {@link
 * dev.runnel.models.blocks.Classifier}.
 */
@NullMarked
package dev.runnel.models.blocks;

import org.jspecify.annotations.NullMarked;
