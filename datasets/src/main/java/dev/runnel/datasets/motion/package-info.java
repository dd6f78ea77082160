/**
 * Rigid-body motion and the inertial sensor that feels it. {@link dev.runnel.datasets.motion.Gestures} is the dataset
 * that needs no files.
 */
@NullMarked
package dev.runnel.datasets.motion;

import org.jspecify.annotations.NullMarked;
