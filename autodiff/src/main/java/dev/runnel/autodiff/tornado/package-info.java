/**
 * Plans on GPUs: what is launched over which arrays. Kernels are written by {@link
 * dev.runnel.autodiff.codegen.DeviceKernel}; what runs them is an {@link dev.runnel.autodiff.tornado.Accelerator}:
 * TornadoVM where it is there, an emulator in tests.
 */
@NullMarked
package dev.runnel.autodiff.tornado;

import org.jspecify.annotations.NullMarked;
