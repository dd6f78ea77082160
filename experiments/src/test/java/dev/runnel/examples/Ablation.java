package dev.runnel.examples;

import dev.runnel.experiments.study.Study;
import dev.runnel.experiments.study.StudyView;
import java.nio.file.Path;

final class Ablation {
  private Ablation() {}

  // begin
  /** Does the shape of the elastance matter? Runs what is missing in the folder; what is done is not done again. */
  static StudyView elastance(Path folder, String... settings) {
    var view = Study.of("elastance", "gestures", settings)
        .arm("asymmetric")
        .arm("symmetric", "model.options.elastance=symmetric")
        .seeds(0, 1, 2)
        .run(folder);
    for (String arm : view.arms()) {
      for (var trial : view.chosen(arm)) {
        System.out.printf("%s, seed %d: %.3f%n", arm, trial.seed(), trial.done().testAccuracy());
      }
    }
    return view;
  }
  // end
}
