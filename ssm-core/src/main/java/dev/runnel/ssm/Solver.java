package dev.runnel.ssm;

import dev.runnel.autodiff.DType;

/**
 * How a trajectory is found. Solvers are values, and none changes the answer: what an iterating solver finds
 * is accepted only as far as its error is bounded, and finished step by step from there.
 */
public sealed interface Solver {

  /** The noise of Newton's method as it is. */
  double UNDAMPED = Double.POSITIVE_INFINITY;

  /** The name that configs and the command line use. */
  String name();

  /** Step by step, {@code O(T)} in depth: one Loop that walks time. */
  static Solver sequential() {
    return new Sequential();
  }

  /** {@link Newton} with its usual settings: up to 100 passes, from zeros. */
  static Newton newton() {
    return new Newton(0, 100, Guess.ZEROS, UNDAMPED);
  }

  /** {@link Newton} damped as ELK does, with {@code sigma^2 = noise}. */
  static Newton elk(double noise) {
    return new Newton(0, 100, Guess.ZEROS, noise);
  }

  /** {@link Segmented}, with as many passes as there are stretches. */
  static Segmented segmented(int segments) {
    return new Segmented(segments, 0, segments);
  }

  /** {@link Auto} for this many workers. */
  static Auto auto(int workers) {
    return new Auto(workers);
  }

  /** What an iteration begins with. */
  enum Guess {
    ZEROS,
    /** {@code step(0, u_t)} at each t. */
    DRIVES
  }

  /** See {@link #sequential}. */
  record Sequential() implements Solver {
    @Override
    public String name() {
      return "sequential";
    }
  }

  /**
   * Newton's method on the whole trajectory (DEER, Lim et al. 2024, Algorithm 1): each pass solves {@code d_t = J_t d_(t-1)
   * + step(x_(t-1), u_t) - x_t} by one associative scan of affine maps and adds d. {@code O(T D)} work and
   * {@code O(log T)} depth a pass; a row that has converged costs nothing more. A recurrence that is linear in its
   * state takes the scan alone.
   *
   * <p>Damping is ELK's (Gonzalez et al. 2024): a pass trusts the trajectory it starts from as a Kalman filter trusts
   * observations of noise {@code sigma^2}, where a step's own noise is 1. With the gain {@code K_t} below, {@code d_t =
   * (1 - K_t) (J_t d_(t-1) + step(x_(t-1), u_t) - x_t)}: where the recurrence expands, a pass moves less.
   *
   * <pre>{@code
   * p_t = |J_t|^2 v_(t-1) + 1,   K_t = p_t / (p_t + sigma^2),   v_t = (1 - K_t) p_t
   * }</pre>
   *
   * <p>{@code |J|} is the Frobenius norm of a block. The filter begins anew, with {@code v = 1}, where each chunk of time
   * does, which keeps the scan one of affine maps; the solution does not depend on it. Passes without damping follow, for a
   * damped one leaves {@code K_t} of an error behind.
   *
   * @param tolerance a row goes on while some {@code |d_t| > tolerance (1 + |x_t|)}, and its steps stand up to the
   *     first with an error bound over it; 0 for a quarter of the square root of the type's unit roundoff,
   *     after which one more pass leaves rounding alone
   * @param maxIterations passes at most, of damped ones and of others
   * @param noise {@code sigma^2} of the damping; {@link #UNDAMPED} for none
   */
  record Newton(double tolerance, int maxIterations, Guess guess, double noise) implements Solver {
    public Newton {
      check(tolerance, maxIterations);
      if (!(noise > 0)) {
        throw new IllegalArgumentException("newton: noise above 0 expected, %s came".formatted(noise));
      }
    }

    @Override
    public String name() {
      return noise == UNDAMPED ? "newton" : "elk";
    }
  }

  /**
   * Multiple shooting: time is cut into stretches of equal length, which step exactly and at once, carrying the
   * product of their Jacobians; only the stretches' first states are unknowns of Newton's method. Exact after
   * at most as many passes as there are stretches.
   *
   * @param segments stretches; no more than steps are made
   * @param tolerance as for {@link Newton}, of the stretches' first states
   */
  record Segmented(int segments, double tolerance, int maxIterations) implements Solver {
    public Segmented {
      if (segments < 1) {
        throw new IllegalArgumentException("segmented: 1 segment or more expected, %d came".formatted(segments));
      }
      check(tolerance, maxIterations);
    }

    @Override
    public String name() {
      return "segmented";
    }
  }

  /**
   * Chooses from a scan's shape and the number of workers that are configured, never from what happens to be
   * free: {@link #choose}.
   */
  record Auto(int workers) implements Solver {
    /** Passes that a converging Newton iteration takes, with the one that accepts. */
    private static final int PASSES = 4;

    /** Cost of a step with its Jacobian, in steps, and how often a pass takes it. */
    private static final double PASS = 2 * 1.5;

    /** Numbers that one core steps at once. */
    private static final int LANES = 8;

    public Auto {
      if (workers < 1) {
        throw new IllegalArgumentException("auto: 1 worker or more expected, %d came".formatted(workers));
      }
    }

    @Override
    public String name() {
      return "auto";
    }

    /** A solver and why it was taken. */
    public record Choice(Solver solver, String reason) {}

    /**
     * Sequential where rows and lanes keep all workers busy, or where so few are idle that iterating costs more
     * than it saves; else stretches, one a worker that would be idle.
     *
     * @param rows sequences in a batch
     * @param lanes states a sequence
     * @param linear whether one pass solves it
     */
    public Choice choose(int rows, int steps, long lanes, boolean linear) {
      long tasks = Math.max(1, rows * Math.ceilDiv(lanes, LANES));
      long idle = workers / tasks;
      double cost = linear ? PASS : PASSES * PASS;
      if (idle < 2 || idle <= cost || steps < 16 * idle) {
        return new Choice(
            Solver.sequential(),
            "%d rows of %d lanes are %d tasks for %d workers, and iterating costs %.0f times a step"
                .formatted(rows, lanes, tasks, workers, cost));
      }
      return new Choice(
          Solver.segmented((int) Math.min(idle, Integer.MAX_VALUE)),
          "%d tasks leave %d of %d workers a stretch of %d steps".formatted(tasks, idle, workers, steps / idle));
    }
  }

  private static void check(double tolerance, int maxIterations) {
    if (!(tolerance >= 0 && tolerance < 1)) {
      throw new IllegalArgumentException("solver: a tolerance from 0 to 1 expected, %s came".formatted(tolerance));
    }
    if (maxIterations < 1) {
      throw new IllegalArgumentException("solver: 1 pass or more expected, %d came".formatted(maxIterations));
    }
  }

  /** A tolerance of 0 as the number that it stands for. */
  static double tolerance(double asked, DType type) {
    return asked > 0 ? asked : Math.sqrt(type == DType.F32 ? 0x1p-24 : 0x1p-53) / 4;
  }
}
