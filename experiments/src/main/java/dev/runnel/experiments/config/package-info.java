/**
 * What a trial is made of, as records, and HOCON bound strictly to them. Start with
 * {@link dev.runnel.experiments.config.TrialConfig} and {@link dev.runnel.experiments.config.Configs}. Configs name
 * things; they never name classes, read other places than their own folder, or see the environment.
 */
@NullMarked
package dev.runnel.experiments.config;

import org.jspecify.annotations.NullMarked;
