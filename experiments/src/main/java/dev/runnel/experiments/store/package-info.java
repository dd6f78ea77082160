/**
 * Files that are whole or absent. {@link dev.runnel.experiments.store.AtomicFile} replaces a file in one step,
 * {@link dev.runnel.experiments.store.Retry} waits where a disk is full,
 * {@link dev.runnel.experiments.store.OneLine} makes any text fit a one-line message.
 */
@NullMarked
package dev.runnel.experiments.store;

import org.jspecify.annotations.NullMarked;
