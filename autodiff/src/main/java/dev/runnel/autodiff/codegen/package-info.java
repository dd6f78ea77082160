/**
 * Loops as bytecode: one generator for every backend that compiles. It writes lanes of the Vector API or single
 * numbers over memory by address, and GPU kernels over arrays, whose types it knows by name only.
 */
@NullMarked
package dev.runnel.autodiff.codegen;

import org.jspecify.annotations.NullMarked;
