package dev.runnel.examples;

import dev.runnel.experiments.config.Configs;
import dev.runnel.experiments.train.Trials;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

final class Ablation {
  private Ablation() {}

  // begin
  /** Does the shape of the elastance matter? Mean test accuracy over seeds, one run's folder each. */
  static Map<String, Double> elastance(Path folder, List<String> settings, int seeds) {
    var trials = Trials.standard();
    var means = new TreeMap<String, Double>();
    for (var arm : List.of("asymmetric", "symmetric")) {
      for (int seed = 0; seed < seeds; seed++) {
        var config = Configs.trial("gestures", settings, "seed=" + seed, "model.options.elastance=" + arm);
        var outcome = trials.train(config, folder.resolve(arm + "-" + seed));
        means.merge(arm, outcome.testAccuracy() / seeds, Double::sum);
      }
    }
    return means;
  }
  // end
}
