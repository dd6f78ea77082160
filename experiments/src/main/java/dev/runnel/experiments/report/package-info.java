/**
 * A study as one page: {@link dev.runnel.experiments.report.Report} writes HTML that needs no network, and the tables for
 * a paper.
 */
@NullMarked
package dev.runnel.experiments.report;

import org.jspecify.annotations.NullMarked;
