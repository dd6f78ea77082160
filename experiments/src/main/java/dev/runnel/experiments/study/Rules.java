package dev.runnel.experiments.study;

import dev.runnel.experiments.config.Binder;
import java.util.Map;

/**
 * How often a trial that ended without a result is begun again, by its state, and what it may use. A trial that is done
 * or pruned never is.
 *
 * @param failed times after an error: 0, for the same code on the same data fails again
 * @param lost times after its process went; it goes on from its last checkpoint
 * @param nonfinite times after numbers that were not finite: 0, for the same bits come again
 * @param minutes that an isolated trial may take in one go, 0 for any; what takes longer fails, its checkpoint is kept
 * @param memory largest Java heap of an isolated trial as {@code -Xmx} takes it ({@code 2g}), empty for Java's own
 */
public record Rules(int failed, int lost, int nonfinite, int minutes, String memory) {
  /** What holds where a study says nothing. */
  public static final Rules STANDARD = new Rules(0, 3, 0, 0, "");

  /** Checks the values. */
  public Rules {
    for (var value : Map.of("failed", failed, "lost", lost, "nonfinite", nonfinite, "minutes", minutes).entrySet()) {
      if (value.getValue() < 0) {
        throw new IllegalArgumentException("%s: at least 0 expected, came %d".formatted(value.getKey(), value.getValue()));
      }
    }
    if (!memory.matches("(\\d{1,9}[kKmMgG])?")) {
      throw new IllegalArgumentException("memory: a size like 2g expected, came '%s'".formatted(memory));
    }
  }

  /** With these values in place of some of the standard ones. */
  static Rules of(Map<String, Object> values) {
    return Binder.bindOptions("rules", STANDARD, values);
  }

  /** How often a trial that came to this state may be begun again. */
  int retries(State state) {
    return switch (state) {
      case FAILED -> failed;
      case LOST -> lost;
      case NONFINITE -> nonfinite;
      case DONE, PRUNED -> 0;
      case WAITING, RUNNING, PAUSED -> Integer.MAX_VALUE;
    };
  }
}
