/**
 * The linear recurrent unit (Orvieto et al. 2023, arXiv 2303.06349): a complex diagonal recurrence whose
 * eigenvalues lie within a ring. Start reading at {@link dev.runnel.models.lru.Lru}.
 */
@NullMarked
package dev.runnel.models.lru;

import org.jspecify.annotations.NullMarked;
