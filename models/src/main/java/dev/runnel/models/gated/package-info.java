/**
 * Gated recurrent networks made diagonal by LrcSSM's recipe (Farsang et al. 2025, Appendix D): each recurrent matrix
 * becomes a vector, so that a state reads itself alone; the matrices of the inputs stay dense.
 */
@NullMarked
package dev.runnel.models.gated;

import org.jspecify.annotations.NullMarked;
