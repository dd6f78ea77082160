/**
 * Models of sequences and the parts that they share; one package a family. Knows no data and no
 * experiments. A cell is one file: its recurrence in the Javadoc, one {@code step}, nothing derived by hand.
 */
@NullMarked
package dev.runnel.models;

import org.jspecify.annotations.NullMarked;
