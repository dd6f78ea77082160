/**
 * What can be named: models, cells, datasets, solvers, backends, optimisers, schedules, metrics and callbacks as
 * Guice map binders. A module on the class path adds to them; configs and the command line only name what is bound. {@link
 * dev.runnel.experiments.modules.Experiment} is a config as a module.
 */
@NullMarked
package dev.runnel.experiments.modules;

import org.jspecify.annotations.NullMarked;
