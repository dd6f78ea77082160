/**
 * Liquid-S4: linear state-space models whose decay reads the input (Hasani, Lechner et al. 2022, arXiv 2209.12951).
 *
 * <p>The published code computes something else than the paper's equations: its liquid term sees only products of the
 * last few steps, scales them by position, is not causal, and its coefficients are never trained. Here are the exact
 * model, its truncation at a degree, and a causal form of the paper's PB kernel. All stand in the basis in which A is
 * diagonal: {@code diag(B)} acts there, as in the published code, and the low-rank part of A is left out.
 */
@NullMarked
package dev.runnel.models.liquid;

import org.jspecify.annotations.NullMarked;
