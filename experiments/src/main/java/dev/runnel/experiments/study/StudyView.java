package dev.runnel.experiments.study;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * A study as its folder tells it now.
 *
 * @param folder of the study
 * @param plan its trials as planned
 * @param trials as they are, in the plan's order
 */
public record StudyView(Path folder, Plan plan, List<TrialView> trials) {
  /** Copies the list. */
  public StudyView {
    trials = List.copyOf(trials);
  }

  /** Reads a study's folder; nothing in it is locked, executed or changed. */
  public static StudyView read(Path folder) {
    var plan = Plan.read(folder);
    return new StudyView(folder, plan, plan.trials().stream().map(trial -> TrialView.of(folder, trial)).toList());
  }

  /** A run that is no study's, as a study of one trial; of one that is, the trial that it was. */
  public static StudyView ofRun(Path run) {
    var placed = TrialView.ofRun(run);
    var trial = placed == null ? TrialView.alone(run) : placed.view();
    return new StudyView(run, new Plan(trial.config().name(), "", Rules.STANDARD, null, List.of(trial.trial())),
        List.of(trial));
  }

  /** The study's name. */
  public String name() {
    return plan.name();
  }

  /** Names of its arms, in its order. */
  public List<String> arms() {
    return trials.stream().map(TrialView::arm).distinct().toList();
  }

  /** How many trials are in a state. */
  public long count(State state) {
    return trials.stream().filter(trial -> trial.state() == state).count();
  }

  /**
   * The trials of an arm that are done, in the order of seeds, at the point that was best by mean validation accuracy (the
   * first of equals); test accuracy chooses nothing. An arm that the study has no axes for has one point.
   */
  public List<TrialView> chosen(String arm) {
    var points = new LinkedHashMap<String, List<TrialView>>();
    for (var trial : trials) {
      if (trial.arm().equals(arm) && trial.state() == State.DONE) {
        points.computeIfAbsent(trial.point(), _ -> new ArrayList<>()).add(trial);
      }
    }
    // Only a point of which most seeds are done can be compared.
    int most = points.values().stream().mapToInt(List::size).max().orElse(0);
    List<TrialView> best = List.of();
    double accuracy = Double.NEGATIVE_INFINITY;
    for (var point : points.values()) {
      double mean = point.stream().mapToDouble(trial -> trial.done().validationAccuracy()).average().orElse(0);
      if (point.size() == most && mean > accuracy) {
        best = point;
        accuracy = mean;
      }
    }
    return best.stream().sorted(Comparator.comparingLong(TrialView::seed)).toList();
  }
}
