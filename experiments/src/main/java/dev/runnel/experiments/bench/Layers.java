package dev.runnel.experiments.bench;

import dev.runnel.experiments.train.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What scans did, a layer an object. */
public final class Layers {
  private Layers() {}

  /** Layers counted from 0. */
  public static List<Map<String, Object>> of(List<Session.Scanned> scans, int rows, String solver) {
    var layers = new ArrayList<Map<String, Object>>();
    for (var scan : scans) {
      var layer = new LinkedHashMap<String, Object>();
      layer.put("layer", layers.size());
      layer.put("solver", solver);
      layer.put("rows", rows);
      if (scan.iterations().length > 0) {
        double[] sorted = scan.iterations().clone();
        Arrays.sort(sorted);
        layer.put("iterations_median", sorted[sorted.length / 2]);
        layer.put("iterations_max", sorted[sorted.length - 1]);
        layer.put("bound", scan.bound());
        layer.put("finished_sequentially", scan.finished());
      }
      layer.put("jacobian_max", scan.largest());
      layer.put("jacobian_above_1", scan.above1());
      layers.add(layer);
    }
    return layers;
  }
}
