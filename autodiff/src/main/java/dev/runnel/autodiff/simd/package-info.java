/**
 * The CPU backend: each Loop becomes one hidden class over the Vector API, matrix products go to
 * OpenBLAS, and a few workers share the tasks of a step. Start reading at {@link
 * dev.runnel.autodiff.simd.SimdBackend}.
 */
@NullMarked
package dev.runnel.autodiff.simd;

import org.jspecify.annotations.NullMarked;
