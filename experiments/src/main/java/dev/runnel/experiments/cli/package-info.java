/** The command line: arguments in, one JSON object or lines for people out, nothing else. */
@NullMarked
package dev.runnel.experiments.cli;

import org.jspecify.annotations.NullMarked;
