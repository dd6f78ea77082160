package dev.runnel.ssm;

import java.util.List;
import java.util.function.Function;

/**
 * What can be proved of a cell whose parameters are known, for inputs in given ranges: how large its states and its
 * Jacobian {@code J_t = dx_t/dx_(t-1)} may become. {@code |J|} is the absolute value with one component, and the
 * spectral norm of the block (its largest singular value) with two, so that below 1 distances between trajectories
 * shrink at each step in the Euclidean norm.
 *
 * <p>Bounds come from interval arithmetic with outward rounding, of the step in exact arithmetic: what rounding adds
 * in a run is the solvers' matter. They may be loose; what was found is a value of |J| at one point of the ranges.
 *
 * @param bound no |J| exceeds it while inputs and states are in their ranges; infinite where nothing is proved
 * @param found the largest |J| that was met in them; not a number where none was looked for
 * @param where it was met, or why nothing is known
 * @param states of each component, over all channels: no trajectory leaves it; infinite where nothing is proved
 */
public record Stability(Kind kind, double bound, double found, String where, List<Range> states) {
  /** How near to 1 a bound counts as 1: sums of a few dozen rounded numbers. */
  static final double MARGIN = 1e-12;

  /** What was proved. */
  public enum Kind {
    /** {@code |J| <= bound < 1}. */
    CONTRACTIVE,
    /** {@code |J| <= 1} and no less: what is remembered may stay for ever. */
    MARGINAL,
    /** Neither: {@code |J| > 1} may occur. */
    NOT_GUARANTEED,
    /** {@code |J|} grows with an input or a state that nothing bounds. */
    UNBOUNDED,
    /** A drive goes through an operation that has no rule. */
    UNKNOWN;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
  }

  public Stability {
    states = List.copyOf(states);
  }

  /** For states that begin at zero. */
  public static Stability of(
      Cell cell, String path, Function<String, double[]> parameters, List<Range> inputs) {
    return of(cell, path, parameters, inputs, Range.of(0));
  }

  /**
   * A verdict.
   *
   * <p>Drives may read inputs of up to 16 steps before and after theirs; those that read further are unknown.
   *
   * @param path of the scope that the cell's parameters lie in
   * @param parameters their values by whole path, row-major, such as {@code variables::get}
   * @param inputs one range a feature; all reals are {@code new Range(-infinity, infinity)}
   * @param initial what states begin in
   * @throws IllegalArgumentException for a parameter that is not there
   */
  public static Stability of(
      Cell cell, String path, Function<String, double[]> parameters, List<Range> inputs, Range initial) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("stability: a range for each input feature expected, none came");
    }
    try {
      return new Proof(cell, LaneRanges.of(cell, path, parameters, inputs), initial).verdict();
    } catch (Enclosure.Unknown e) {
      var all = java.util.Collections.nCopies(cell.state().components(), Range.ALL);
      return new Stability(Kind.UNKNOWN, Double.POSITIVE_INFINITY, Double.NaN, e.operation(), all);
    }
  }

  /**
   * A bound on {@code |d x^L_T / d x^1_tau|} through L layers that are contractive to rho each, with {@code n = T -
   * tau}: {@code C(n + L - 1, L - 1) rho^n prod Lip}. A path from layer 1 at tau to layer L at T takes n steps in time,
   * and may go up a layer at any of the n + 1 times: the binomial counts paths, each of which is worth at most
   * {@code rho^n prod Lip}. (The product over layers of {@code rho^n}, as published, is exceeded for L > 1.)
   *
   * @param lipschitz of each map from a layer's states to the next one's, with the next step's slope by its drives
   */
  public static double throughLayers(int n, double rho, double... lipschitz) {
    double bound = Math.pow(rho, n);
    for (int l = 1; l <= lipschitz.length; l++) {
      bound *= lipschitz[l - 1] * (n + l) / l;
    }
    return bound;
  }

  /** The verdict in one line. */
  public String line() {
    return switch (kind) {
      case CONTRACTIVE -> "contractive: |J| <= %.6g%s; states in %s".formatted(bound, met(), states);
      case MARGINAL -> "marginal: sup |J| = 1%s; states in %s".formatted(met(), states);
      case NOT_GUARANTEED -> "not guaranteed: |J| <= %.6g%s; states in %s".formatted(bound, met(), states);
      case UNBOUNDED -> "unbounded: |J| = %.3g found at %s".formatted(found, where);
      case UNKNOWN -> "unknown: " + where;
    };
  }

  private String met() {
    return Double.isNaN(found) ? " at " + where : ", %.6g found at %s".formatted(found, where);
  }
}
