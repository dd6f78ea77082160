/**
 * Labelled sequences in Arrow memory, and what a fair experiment needs around them: finding, splitting, standardising
 * and batching. Files are read in {@link dev.runnel.datasets.format}, made-up motion comes from
 * {@link dev.runnel.datasets.motion}. Nothing here knows models. Start with {@link dev.runnel.datasets.Dataset}.
 */
@NullMarked
package dev.runnel.datasets;

import org.jspecify.annotations.NullMarked;
