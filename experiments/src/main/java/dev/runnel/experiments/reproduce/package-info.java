/**
 * Published tables beside what comes out here. {@link dev.runnel.experiments.reproduce.PublishedTable} is what a paper
 * says, as a file; {@link dev.runnel.experiments.reproduce.Reproduction} trains it.
 */
@NullMarked
package dev.runnel.experiments.reproduce;

import org.jspecify.annotations.NullMarked;
