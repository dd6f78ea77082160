package dev.runnel.experiments.train;

import dev.runnel.experiments.store.OneLine;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a trial came to.
 *
 * @param testAccuracy at the epoch whose validation part was best by the selecting metric (the latest of equals)
 * @param validationAccuracy at that epoch
 * @param bestEpoch that epoch, from 1
 * @param epochs done
 * @param steps of the optimiser
 * @param seconds spent training, validation and compilation included, all resumptions together
 * @param msPerStep median of the steps of this process, copying the batch included
 * @param parameters trained numbers
 * @param plannedBytes of memory, known before the first step
 * @param run the run's folder
 * @param further metrics of the test part, by name
 */
public record Outcome(
    double testAccuracy,
    double testLoss,
    double validationAccuracy,
    int bestEpoch,
    int epochs,
    long steps,
    double seconds,
    double msPerStep,
    long parameters,
    long plannedBytes,
    String run,
    Map<String, Double> further) {
  private static final String EXTRA = "test_";
  private static final List<String> FIXED = List.of("test_accuracy", "test_loss");

  /** Copies the map, in its order. */
  public Outcome {
    further = Collections.unmodifiableMap(new LinkedHashMap<>(further));
  }

  /** What {@link #json} gave, of a run that lies in this folder by now. */
  public static Outcome of(JsonNode json, Path folder) {
    try {
      return new Outcome(
          json.required("test_accuracy").doubleValue(),
          json.required("test_loss").doubleValue(),
          json.required("validation_accuracy").doubleValue(),
          json.required("best_epoch").intValue(),
          json.required("epochs").intValue(),
          json.required("steps").longValue(),
          json.required("seconds").doubleValue(),
          json.required("ms_per_step").doubleValue(),
          json.required("parameters").longValue(),
          json.required("planned_bytes").longValue(),
          folder.toString(),
          further(json));
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s: a run's result expected, came %s; remove it and resume the run"
              .formatted(folder.resolve("result.json"), OneLine.quote(json.toString())),
          e);
    }
  }

  private static Map<String, Double> further(JsonNode json) {
    var further = new LinkedHashMap<String, Double>();
    for (var entry : json.properties()) {
      if (entry.getKey().startsWith(EXTRA) && !FIXED.contains(entry.getKey())) {
        further.put(entry.getKey().substring(EXTRA.length()), entry.getValue().doubleValue());
      }
    }
    return further;
  }

  /** The names that scripts read; {@code test_NAME} for each further metric. */
  public Map<String, Object> json() {
    var json = new LinkedHashMap<String, Object>();
    json.put("test_accuracy", testAccuracy);
    json.put("test_loss", testLoss);
    further.forEach((name, value) -> json.put(EXTRA + name, value));
    json.put("validation_accuracy", validationAccuracy);
    json.put("best_epoch", bestEpoch);
    json.put("epochs", epochs);
    json.put("steps", steps);
    json.put("seconds", seconds);
    json.put("ms_per_step", msPerStep);
    json.put("parameters", parameters);
    json.put("planned_bytes", plannedBytes);
    json.put("run", run);
    return json;
  }
}
