/**
 * SQL over runs' folders: {@link dev.runnel.experiments.query.Query} reads them into DuckDB each time it is asked; the
 * folders are the truth, and no index has to agree with them.
 */
@NullMarked
package dev.runnel.experiments.query;

import org.jspecify.annotations.NullMarked;
