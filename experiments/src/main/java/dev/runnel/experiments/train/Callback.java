package dev.runnel.experiments.train;

import dev.runnel.datasets.Split;
import dev.runnel.experiments.run.EpochMetrics;
import java.nio.file.Path;

/** Is told of a training, and may look at it; it changes nothing of it. */
public interface Callback {

  /**
   * What may be looked at.
   *
   * @param session the model with its variables and programs
   * @param data rows as the model gets them
   * @param folder the run's, to write files of one's own
   */
  record Run(Session session, Prepared data, Split split, Path folder) {}

  /** Before the first step of this process; {@code epochs} are done, more than 0 where a run is gone on with. */
  default void begins(Run run, int epochs) {}

  /** After each epoch, before its checkpoint. May come again for the same epoch: after a full disk, or a crash. */
  void epoch(Run run, EpochMetrics metrics);
}
