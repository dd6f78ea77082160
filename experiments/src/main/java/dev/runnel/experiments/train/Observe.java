package dev.runnel.experiments.train;

import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.Scans;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** After each epoch, what the model's nonlinear scans do on the first validation rows, as {@link Scans}. */
public final class Observe implements Callback {
  private static final int ROWS = 8;

  private @Nullable Scans scans;

  /** Of one training. */
  public Observe() {}

  @Override
  public void begins(Run run, int epochs) {
    run.session().scansProgram(rows(run).length);
    opened(run).put(epochs, List.of());
  }

  @Override
  public void epoch(Run run, EpochMetrics metrics) {
    var rows = new ArrayList<Scans.Row>();
    for (var scan : run.session().scans(rows(run))) {
      var solved = scan.solved();
      rows.add(new Scans.Row(metrics.epoch(), rows.size(), scan.largest(), scan.above1(),
          solved == null ? null : (Double) Arrays.stream(solved.iterations()).average().orElse(0),
          solved == null ? null : (Double) solved.bound(), solved == null ? null : (Double) solved.finished()));
    }
    opened(run).put(metrics.epoch() - 1, rows);
  }

  private Scans opened(Run run) {
    var open = scans;
    if (open == null) {
      open = Scans.of(run.folder());
      scans = open;
    }
    return open;
  }

  private static int[] rows(Run run) {
    int[] validation = run.split().validation();
    return Arrays.copyOf(validation, Math.min(ROWS, validation.length));
  }
}
