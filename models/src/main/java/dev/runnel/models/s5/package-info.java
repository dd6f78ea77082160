/**
 * S5: one state space of many inputs and outputs, diagonal in HiPPO's eigenbasis (Smith et al. 2023, arXiv
 * 2208.04933). Start reading at {@link dev.runnel.models.s5.S5}.
 */
@NullMarked
package dev.runnel.models.s5;

import org.jspecify.annotations.NullMarked;
