/**
 * Datasets that are made up on the spot: exact, and the same values every time for the same seed. Each is a record of
 * its sizes and a {@link dev.runnel.datasets.DatasetSource}.
 */
@NullMarked
package dev.runnel.datasets.generate;

import org.jspecify.annotations.NullMarked;
