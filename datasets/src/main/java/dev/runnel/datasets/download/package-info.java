/**
 * Getting datasets over the net and out of their archives, without trusting either. Start with
 * {@link dev.runnel.datasets.download.Download}.
 */
@NullMarked
package dev.runnel.datasets.download;

import org.jspecify.annotations.NullMarked;
