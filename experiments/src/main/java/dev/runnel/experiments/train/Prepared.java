package dev.runnel.experiments.train;

import dev.runnel.datasets.Augment;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Impute;
import dev.runnel.datasets.Sequences;
import dev.runnel.datasets.Split;
import dev.runnel.datasets.Standardise;
import dev.runnel.datasets.TimeChannel;
import dev.runnel.datasets.View;
import dev.runnel.datasets.motion.Alignment;
import dev.runnel.experiments.config.DataConfig;
import dev.runnel.experiments.weights.NamedTensor;
import dev.runnel.experiments.weights.SafeTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sequences as a model takes them.
 *
 * @param standard what channels were standardised by, or null
 * @param fill what missing values were filled by, or null
 * @param epoch which epoch's augmentation is read
 */
public record Prepared(
    Sequences sequences, @Nullable Standardise standard, @Nullable Impute fill, AtomicInteger epoch) {
  private static final String MEAN = "input.mean";
  private static final String DEVIATION = "input.deviation";
  private static final String FILL = "input.fill";
  private static final long ROTATIONS = 20_250_521;
  private static final Logger LOG = LoggerFactory.getLogger(Prepared.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** As a config says, fitted on the train rows; augmented there, the draws keyed by the seed. */
  public static Prepared of(Dataset data, Split split, DataConfig config, long seed) {
    var base = base(data, split.test(), config);
    Standardise standard = !config.standardise() ? null
        : config.transforms().robust() ? Standardise.robust(base, split.train())
            : Standardise.fit(base, split.train());
    var method = config.transforms().missing();
    var fill = method == null ? null
        : Impute.fit(method, standard == null ? base : standard.over(base), split.train());
    var epoch = new AtomicInteger();
    var augmented = config.augment().over(base, split.train(), seed, epoch::get);
    return new Prepared(finished(augmented, standard, fill, config), standard, fill, epoch);
  }

  /** As the data were prepared that weights come from. */
  public static Prepared like(SafeTensors weights, Dataset data, DataConfig config) {
    var base = base(data, IntStream.range(0, data.size()).toArray(), config);
    Standardise standard = null;
    if (config.standardise()) {
      standard = new Standardise(values(weights.get(MEAN)), values(weights.get(DEVIATION)));
      if (standard.mean().length != base.channels()) {
        throw new IllegalArgumentException(
            "%s: %d channels expected, %d came".formatted(data.name(), standard.mean().length, base.channels()));
      }
    }
    var method = config.transforms().missing();
    var fill = method == null ? null : new Impute(method, values(weights.get(FILL)));
    return new Prepared(finished(base, standard, fill, config), standard, fill, new AtomicInteger());
  }

  /** What needs no fitting; {@code rotated} are the rows that {@code rotateTest} turns. */
  private static Sequences base(Dataset data, int[] rotated, DataConfig config) {
    var transforms = config.transforms();
    if (data.missing() > 0 && (transforms.missing() == null || transforms.align() != Alignment.NONE)) {
      throw new IllegalArgumentException(transforms.missing() == null
          ? ("%s: no missing values expected, %d came; nothing is filled in silently: "
              + "set data.transforms.missing to zero, mean, previous or linear").formatted(data.name(), data.missing())
          : "%s: no missing values expected for aligning, %d came".formatted(data.name(), data.missing()));
    }
    Sequences base = data;
    if (transforms.dropFirstChannel()) {
      LOG.warn("{}: channel 0 of {} is dropped, as the LrcSSM loader does; a real channel is lost unless it is the time",
          data.name(), data.channels());
      base = View.dropFirstChannel(base);
    }
    base = transforms.oneHot() ? View.oneHot(base) : base;
    base = transforms.rotateTest() ? Augment.rotated(base, rotated, ROTATIONS) : base;
    base = transforms.align().over(base);
    base = transforms.resample() > 0 ? View.resample(base, transforms.resample()) : base;
    return transforms.crop() > 0 ? View.crop(base, transforms.crop()) : base;
  }

  /** Rows as a model gets them, but for their scale: for their extents. */
  public static Sequences shaped(Dataset data, DataConfig config) {
    return finished(base(data, new int[0], config), null, null, config);
  }

  private static Sequences finished(
      Sequences base, @Nullable Standardise standard, @Nullable Impute fill, DataConfig config) {
    var transforms = config.transforms();
    Sequences scaled = standard == null ? base : standard.over(base);
    Sequences filled = fill == null ? scaled : fill.over(scaled);
    Sequences masked = transforms.missingMask() ? Impute.masked(scaled, filled) : filled;
    Sequences padded = transforms.pad() > 0 ? View.pad(masked, transforms.pad()) : masked;
    Sequences patched = View.patches(padded, transforms.patch());
    return config.timeChannel() ? TimeChannel.FIRST.over(patched) : patched;
  }

  /** What goes into a file of weights so that other data can be prepared alike. */
  List<NamedTensor> tensors() {
    var tensors = new ArrayList<NamedTensor>();
    if (standard != null) {
      tensors.add(NamedTensor.wrap(MEAN, standard.mean(), standard.mean().length));
      tensors.add(NamedTensor.wrap(DEVIATION, standard.deviation(), standard.deviation().length));
    }
    if (fill != null) {
      tensors.add(NamedTensor.wrap(FILL, fill.mean(), fill.mean().length));
    }
    return tensors;
  }

  /** Class names as one text. */
  public static String join(List<String> classes) {
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
