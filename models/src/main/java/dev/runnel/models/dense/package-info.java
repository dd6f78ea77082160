/**
 * Recurrent networks whose states read each other, as they were before LrcSSM's recipe made them diagonal (Farsang et
 * al. 2025, Section 2.1 and Appendix E): what its diagonal cells are compared with. They run one step after another,
 * with a product of matrices or a sum over all pairs of states in each.
 */
@NullMarked
package dev.runnel.models.dense;

import org.jspecify.annotations.NullMarked;
