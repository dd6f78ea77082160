/**
 * The folder of one training: what it was told, where it ran, how it went, and the checkpoints that let it go on.
 * Start with {@link dev.runnel.experiments.run.RunFolder}. Everything in it is data: texts, Arrow IPC and safetensors;
 * nothing is executed or deserialised.
 */
@NullMarked
package dev.runnel.experiments.run;

import org.jspecify.annotations.NullMarked;
