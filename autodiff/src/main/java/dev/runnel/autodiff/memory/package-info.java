/**
 * Arrow-backed storage: slabs, how a tensor lies in one, and what is kept between runs. Every buffer is
 * 64-byte aligned and has 64 spare bytes on both sides; see {@link dev.runnel.autodiff.memory.Layout}.
 */
@NullMarked
package dev.runnel.autodiff.memory;

import org.jspecify.annotations.NullMarked;
