/**
 * S4D, a diagonal state space a channel (Gu et al. 2022, arXiv 2206.11893), and what it shares with S5: HiPPO's
 * spectrum and discretisation. Start reading at {@link dev.runnel.models.s4.S4d}.
 */
@NullMarked
package dev.runnel.models.s4;

import org.jspecify.annotations.NullMarked;
