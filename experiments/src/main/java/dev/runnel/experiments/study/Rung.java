package dev.runnel.experiments.study;

import dev.runnel.experiments.run.EpochMetrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far all trials train before they are compared.
 *
 * @param epochs whole epochs; the largest number for the end
 */
record Rung(int epochs) {
  static final Rung LAST = new Rung(Integer.MAX_VALUE);

  /** A plan's, rising; the last is the end. */
  static List<Rung> of(Plan plan) {
    var rungs = new ArrayList<Rung>();
    if (plan.halving() != null) {
      plan.halving().epochs().forEach(epochs -> rungs.add(new Rung(epochs)));
    }
    rungs.add(LAST);
    return rungs;
  }

  /** Whether a trial of this journal is to be left as it is until the next rung. */
  boolean isSettled(Plan plan, List<Journal.Event> events) {
    if (events.isEmpty()) {
      return false;
    }
    var last = events.getLast();
    if (last.state() == State.PRUNED) {
      return plan.halving() != null;
    }
    if (last.state() == State.PAUSED) {
      return last.epochs() >= epochs;
    }
    return events.stream().filter(e -> e.state() == last.state()).count() > plan.rules().retries(last.state());
  }

  /**
   * Gives up the worse points of each arm. What another runner has given up already stays so: both come to the same.
   */
  void prune(Path study, Plan plan, StudyProgress progress) {
    var halving = plan.halving();
    if (halving == null || epochs == LAST.epochs) {
      return;
    }
    var arms = new LinkedHashMap<String, Map<String, List<Plan.Trial>>>();
    for (var trial : plan.trials()) {
      arms.computeIfAbsent(trial.arm(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(trial.point(), _ -> new ArrayList<>()).add(trial);
    }
    for (var points : arms.values()) {
      var alive = points.values().stream().filter(point -> accuracy(study, point) >= 0).toList();
      long keep = Math.max(1, (long) Math.ceil(halving.keep() * alive.size()));
      // Sorting keeps the plan's order among equals.
      alive.stream().sorted(Comparator.comparingDouble(point -> -accuracy(study, point))).skip(keep)
          .forEach(point -> point.forEach(trial -> giveUp(study, trial, progress)));
    }
  }

  /**
   * Mean over seeds of the best validation accuracy by this rung; below 0 where a seed never came so far. It depends on
   * rows alone that stay as they are, so any runner finds the same at any time.
   */
  private double accuracy(Path study, List<Plan.Trial> point) {
    double sum = 0;
    for (var trial : point) {
      var view = TrialView.of(study, trial);
      var rows = view.metrics();
      if (rows.isEmpty() || (rows.getLast().epoch() < epochs && view.state() != State.DONE)) {
        return -1;
      }
      sum += rows.stream().filter(row -> row.epoch() <= epochs).mapToDouble(EpochMetrics::validationAccuracy).max()
          .orElse(0);
    }
    return sum / point.size();
  }

  private void giveUp(Path study, Plan.Trial trial, StudyProgress progress) {
    var place = new TrialFolder(study, trial.key());
    while (true) {
      try (var claim = place.claim()) {
        var last = place.journal().events().getLast();
        if (last.state() == State.PRUNED || last.state() == State.DONE) {
          return;
        }
        if (claim != null) {
          String why = "given up after epoch " + epochs;
          place.journal().add(State.PRUNED, why, epochs);
          progress.came(trial, State.PRUNED, why);
          return;
        }
      }
      Runner.lookAgainLater();
    }
  }
}
