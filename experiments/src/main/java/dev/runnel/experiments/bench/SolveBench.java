package dev.runnel.experiments.bench;

import dev.runnel.experiments.train.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a session's solver comes through the scans of its model, on rows of its data. */
public record SolveBench(Session session, int[] rows) {

  /** An object a layer, counted from 0. */
  public List<Map<String, Object>> run(String solver) {
    var layers = new ArrayList<Map<String, Object>>();
    for (var scan : session.scans(rows)) {
      var layer = new LinkedHashMap<String, Object>();
      layer.put("layer", layers.size());
      layer.put("solver", solver);
      layer.put("rows", rows.length);
      if (scan.solved() instanceof Session.Solved solved) {
        double[] sorted = solved.iterations().clone();
        Arrays.sort(sorted);
        layer.put("iterations_median", sorted[sorted.length / 2]);
        layer.put("iterations_max", sorted[sorted.length - 1]);
        layer.put("bound", solved.bound());
        layer.put("finished_sequentially", solved.finished());
      }
      layer.put("jacobian_max", scan.largest());
      layer.put("jacobian_above_1", scan.above1());
      layers.add(layer);
    }
    return layers;
  }
}
