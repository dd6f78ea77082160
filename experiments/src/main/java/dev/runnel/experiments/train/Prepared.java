package dev.runnel.experiments.train;

import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Sequences;
import dev.runnel.datasets.Split;
import dev.runnel.datasets.Standardise;
import dev.runnel.datasets.TimeChannel;
import dev.runnel.experiments.config.DataConfig;
import dev.runnel.experiments.weights.NamedTensor;
import dev.runnel.experiments.weights.SafeTensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sequences as a model takes them.
 *
 * @param standard what channels were standardised by, or null
 */
public record Prepared(Sequences sequences, @Nullable Standardise standard) {
  private static final String MEAN = "input.mean";
  private static final String DEVIATION = "input.deviation";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** As a config says, fitted on the train rows. */
  public static Prepared of(Dataset data, Split split, DataConfig config) {
    refuseMissing(data);
    var standard = config.standardise() ? Standardise.fit(data, split.train()) : null;
    return of(data, standard, config.timeChannel());
  }

  private static Prepared of(Dataset data, @Nullable Standardise standard, boolean time) {
    Sequences sequences = standard == null ? data : standard.over(data);
    return new Prepared(time ? TimeChannel.FIRST.over(sequences) : sequences, standard);
  }

  /** As the data were prepared that weights come from. */
  public static Prepared like(SafeTensors weights, Dataset data, DataConfig config) {
    refuseMissing(data);
    Standardise standard = null;
    if (config.standardise()) {
      standard = new Standardise(values(weights.get(MEAN)), values(weights.get(DEVIATION)));
      if (standard.mean().length != data.channels()) {
        throw new IllegalArgumentException(
            "%s: %d channels expected, %d came".formatted(data.name(), standard.mean().length, data.channels()));
      }
    }
    return of(data, standard, config.timeChannel());
  }

  private static void refuseMissing(Dataset data) {
    if (data.missing() > 0) {
      throw new IllegalArgumentException(
          "%s: no missing values expected, %d came; nothing is filled in silently: fill them in the file"
              .formatted(data.name(), data.missing()));
    }
  }

  /** What goes into a file of weights so that other data can be prepared alike. */
  List<NamedTensor> tensors() {
    var tensors = new ArrayList<NamedTensor>();
    if (standard != null) {
      tensors.add(NamedTensor.wrap(MEAN, standard.mean(), standard.mean().length));
      tensors.add(NamedTensor.wrap(DEVIATION, standard.deviation(), standard.deviation().length));
    }
    return tensors;
  }

  /** Class names as one text. */
  static String join(List<String> classes) {
    return JSON.writeValueAsString(classes);
  }

  /** Class names from a file of weights. */
  public static List<String> classes(SafeTensors weights) {
    var text = weights.metadata().get("classes");
    if (text == null) {
      throw new IllegalArgumentException("weights: 'classes' among the file's texts expected, it is not there");
    }
    try {
      return List.of(JSON.readValue(text, String[].class));
    } catch (tools.jackson.core.JacksonException e) {
      throw new IllegalArgumentException("weights: 'classes' as a JSON list of names expected, came " + text, e);
    }
  }

  private static double[] values(NamedTensor tensor) {
    double[] values = new double[Math.toIntExact(tensor.count())];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.get(i);
    }
    return values;
  }
}
