/**
 * What a tape is lowered to, and the lowering: Loops, the Plan that orders them, and the memory they
 * need. Backends implement {@link dev.runnel.autodiff.kernel.Backend}; nothing here knows which exist.
 * Start reading at {@link dev.runnel.autodiff.kernel.Loop}.
 */
@NullMarked
package dev.runnel.autodiff.kernel;

import org.jspecify.annotations.NullMarked;
