/**
 * LrcSSM and its family: nonlinear state-space models of liquid-resistance, liquid-capacitance neurons
 * whose states read only themselves (Farsang, Hasani, Rus, Grosu, NeurIPS 2025, arXiv 2505.21717).
 *
 * <p>The cell runs as the authors' published code does, which differs from the paper's equations 8 to 14: the
 * sigmoid of the inputs comes before the dense map, the elastance reads the state alone, conductances may
 * be negative, and nothing clamps the Jacobian.
 */
@NullMarked
package dev.runnel.models.lrc;

import org.jspecify.annotations.NullMarked;
