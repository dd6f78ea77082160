/**
 * LinOSS: forced harmonic oscillators (Rusch, Rus 2025, arXiv 2410.03943). Start reading at {@link
 * dev.runnel.models.linoss.Linoss}.
 */
@NullMarked
package dev.runnel.models.linoss;

import org.jspecify.annotations.NullMarked;
