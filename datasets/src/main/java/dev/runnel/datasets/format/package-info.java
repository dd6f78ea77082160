/** Readers of files: they stream text into a {@link dev.runnel.datasets.DatasetBuilder} and never box a value. */
@NullMarked
package dev.runnel.datasets.format;

import org.jspecify.annotations.NullMarked;
