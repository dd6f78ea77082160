/**
 * What can be named: models, cells, datasets, solvers and backends as Guice map binders. A module on the
 * class path adds to them; configs and the command line only name what is bound.
 */
@NullMarked
package dev.runnel.experiments.modules;

import org.jspecify.annotations.NullMarked;
