/**
 * Selective state-space models: S6 and Mamba (Gu, Dao 2023, arXiv 2312.00752), Mamba-2 (Dao, Gu 2024, arXiv
 * 2405.21060). States (D, N) are read out where they are made; no array of (B, T, D, N) reaches memory.
 *
 * <p>Input enters by Euler's rule, {@code dt B u}, as in the published code, not by the zero-order hold of the papers.
 * What lies past a row's end stops the state, whatever its step size would be.
 */
@NullMarked
package dev.runnel.models.mamba;

import org.jspecify.annotations.NullMarked;
