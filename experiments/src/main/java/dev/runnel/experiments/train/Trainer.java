package dev.runnel.experiments.train;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Variables;
import dev.runnel.datasets.Batches;
import dev.runnel.datasets.Split;
import dev.runnel.experiments.config.TrainConfig;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.modules.Measure;
import dev.runnel.experiments.modules.Metric;
import dev.runnel.experiments.modules.Registry;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.models.Model;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Trains one model on one split, an epoch at a time.
 *
 * <p>After each epoch the validation part is scored; the weights of the best by {@code train.select}, the latest of
 * equals, are kept, and the test part is scored with them once training is over: it selects nothing. Each epoch ends
 * with a checkpoint, and a {@link Stop} makes one after any step. Batches of an epoch depend on seed and epoch
 * alone, so a run that is resumed comes to the same bits.
 *
 * @param registry where optimiser, metrics and callbacks are found by name
 * @param allocator of all memory
 */
public record Trainer(
    TrialConfig config, Model model, Engine engine, Registry registry, BufferAllocator allocator) {
  private static final int SCORED_AT_ONCE = 64;

  /** Refuses names that are not bound. */
  public Trainer {
    var train = config.train();
    var unused = List.of(
        registry.optimiser(train.optimiser(), model.groups(), 1), registry.metrics(train), registry.callbacks(train));
  }

  /**
   * Trains until epochs or patience run out; goes on from the folder's checkpoint if it has one.
   *
   * @throws Stopped when the stop says so, once a checkpoint is written
   * @throws NonFinite when numbers are no longer finite, naming what was not first
   */
  public Outcome train(Prepared data, Split split, RunFolder folder, Progress progress, Stop stop) {
    long began = System.nanoTime();
    try {
      return opened(data, split, (session, variables) ->
          new Training(this, data, split, folder, progress, stop, session, variables, began).run());
    } catch (Exploded e) {
      throw opened(data, split, (session, variables) ->
          new Diagnosis(data, batches(split), config.seed(), folder, session, variables).of(e, progress));
    } finally {
      progress.ends();
    }
  }

  private interface Work<T> {
    T with(Session session, Variables variables);
  }

  /** Work on variables with their first values. */
  private <T> T opened(Prepared data, Split split, Work<T> work) {
    var train = config.train();
    var batches = batches(split);
    var optimiser =
        registry.optimiser(train.optimiser(), model.groups(), (long) train.epochs() * batches.count());
    try (var variables = new Variables(allocator, config.seed());
        var session = new Session(model, engine, variables, type(train), data.sequences(), optimiser)) {
      var sizes = batches.inOrder().stream().map(rows -> rows.length).toList();
      session.trainingProgram(sizes.getFirst());
      if (sizes.size() > 1) {
        session.reserve(sizes.get(1));
      }
      return work.with(session, variables);
    }
  }

  /** Compiles what a whole training takes and is not compiled yet. */
  static void compile(Session session, Batches batches, Split split) {
    batches.inOrder().forEach(rows -> session.trainingProgram(rows.length));
    for (int rows : new int[] {split.validation().length, split.test().length}) {
      for (int left = rows; left > 0; left -= SCORED_AT_ONCE) {
        session.scoringProgram(Math.min(left, SCORED_AT_ONCE));
      }
    }
  }

  Batches batches(Split split) {
    var batches = Batches.of(split.train(), config.train().batch());
    return config.train().dropLast() ? batches.whole() : batches;
  }

  /** A part's metrics by name, accuracy and loss among them. */
  public record Score(SequencedMap<String, Double> values, int rows) {

    /** Share of right answers. */
    public double accuracy() {
      return value(Measure.ACCURACY.named());
    }

    /** Mean cross-entropy. */
    public double loss() {
      return value(Measure.LOSS.named());
    }

    double value(String name) {
      return Objects.requireNonNull(values.get(name), name);
    }

    /** All but accuracy and loss. */
    Map<String, Double> further() {
      var further = new LinkedHashMap<>(values);
      further.remove(Measure.ACCURACY.named());
      further.remove(Measure.LOSS.named());
      return further;
    }
  }

  /** Accuracy and loss of rows. */
  public static Score score(Session session, int[] rows) {
    var both = new LinkedHashMap<String, Metric>();
    both.put(Measure.ACCURACY.named(), Measure.ACCURACY);
    both.put(Measure.LOSS.named(), Measure.LOSS);
    return score(session, rows, both);
  }

  /** Metrics of rows, which are scored in batches. */
  static Score score(Session session, int[] rows, Map<String, Metric> metrics) {
    int classes = session.classes();
    double[] logits = new double[rows.length * classes];
    for (int from = 0; from < rows.length; from += SCORED_AT_ONCE) {
      int[] some = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + SCORED_AT_ONCE));
      System.arraycopy(session.logits(some), 0, logits, from * classes, some.length * classes);
    }
    int[] labels = session.labels(rows);
    var values = new LinkedHashMap<String, Double>();
    metrics.forEach((name, metric) -> values.put(name, metric.of(labels, logits, classes)));
    return new Score(values, rows.length);
  }

  /** The configured numbers. */
  public static DType type(TrainConfig config) {
    return config.dtype() == TrainConfig.Precision.F64 ? DType.F64 : DType.F32;
  }
}
