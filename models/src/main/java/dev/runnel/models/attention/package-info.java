/**
 * The Transformer (Vaswani et al. 2017, arXiv 1706.03762), to compare with: attention whose memory grows with the
 * length, not its square. Start reading at {@link dev.runnel.models.attention.Attention}.
 */
@NullMarked
package dev.runnel.models.attention;

import org.jspecify.annotations.NullMarked;
