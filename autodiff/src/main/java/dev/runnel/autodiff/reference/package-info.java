/**
 * The slow and plain way to run things, which faster ways are judged by: interpreters that share no
 * code with what they check.
 */
@NullMarked
package dev.runnel.autodiff.reference;

import org.jspecify.annotations.NullMarked;
