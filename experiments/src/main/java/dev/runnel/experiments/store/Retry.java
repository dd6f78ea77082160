package dev.runnel.experiments.store;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Writes that wait for room on a full disk instead of failing.
 *
 * @param say is told one line when waiting begins and one when it ends
 * @param givesUp asked while waiting; when it says so the write fails after all
 * @param between attempts
 */
public record Retry(Consumer<String> say, BooleanSupplier givesUp, Duration between) {
  private static final Duration USUAL = Duration.ofSeconds(5);
  private static final long LOOK_MILLIS = 100;

  /** Tries again every five seconds. */
  public Retry(Consumer<String> say, BooleanSupplier givesUp) {
    this(say, givesUp, USUAL);
  }

  /**
   * Does a write until it succeeds.
   *
   * @param write may be done again after it has failed
   * @throws DiskFull when {@code givesUp} says so, or the thread is interrupted
   */
  public void write(Runnable write) {
    boolean waited = false;
    while (true) {
      try {
        write.run();
        if (waited) {
          say.accept("there is room again; going on");
        }
        return;
      } catch (DiskFull e) {
        if (givesUp.getAsBoolean()) {
          throw e;
        }
        if (!waited) {
          say.accept("%s; free some: waiting, trying again every %s s".formatted(
              e.getMessage(), between.toMillis() / 1000.0));
          waited = true;
        }
        rest(e);
      }
    }
  }

  private void rest(DiskFull failure) {
    long end = System.nanoTime() + between.toNanos();
    for (long left = between.toNanos(); left > 0; left = end - System.nanoTime()) {
      try {
        Thread.sleep(Math.min(LOOK_MILLIS, left / 1_000_000 + 1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failure;
      }
      if (givesUp.getAsBoolean()) {
        throw failure;
      }
    }
  }
}
