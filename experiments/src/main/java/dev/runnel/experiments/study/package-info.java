/**
 * Many trials as one thing: arms, axes and seeds become a list of trials that is fixed before the first starts; each
 * trial has a folder of its own under the hash of all that its result depends on. Start reading at
 * {@link dev.runnel.experiments.study.Study}.
 */
@NullMarked
package dev.runnel.experiments.study;

import org.jspecify.annotations.NullMarked;
