package dev.runnel.experiments.train;

import dev.runnel.autodiff.DType;
import dev.runnel.autodiff.Engine;
import dev.runnel.autodiff.Variables;
import dev.runnel.autodiff.optimise.Adam;
import dev.runnel.autodiff.optimise.Optimiser;
import dev.runnel.datasets.Batches;
import dev.runnel.datasets.Split;
import dev.runnel.experiments.config.OptimiserConfig;
import dev.runnel.experiments.config.TrainConfig;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.models.Model;
import dev.runnel.models.ParameterGroup;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Trains one model on one split, an epoch at a time.
 *
 * <p>After each epoch the validation part is scored; the weights of the best accuracy, the latest of equals,
 * are kept, and the test part is scored with them once training is over: it selects nothing. Each epoch ends
 * with a checkpoint, and a {@link Stop} makes one after any step. Batches of an epoch depend on seed and epoch
 * alone, so a run that is resumed comes to the same bits.
 *
 * @param allocator of all memory
 */
public record Trainer(TrialConfig config, Model model, Engine engine, BufferAllocator allocator) {
  private static final int SCORED_AT_ONCE = 64;

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
    var optimiser = optimiser(train.optimiser(), model.groups(), (long) train.epochs() * batches.count());
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

  private Batches batches(Split split) {
    return Batches.of(split.train(), config.train().batch());
  }

  /** A part's mean loss and accuracy. */
  public record Score(double loss, double accuracy, int rows) {}

  /** Scores rows in batches. */
  public static Score score(Session session, int[] rows) {
    double loss = 0;
    int right = 0;
    for (int from = 0; from < rows.length; from += SCORED_AT_ONCE) {
      int[] some = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + SCORED_AT_ONCE));
      var outcome = session.score(some);
      loss += outcome.loss() * some.length;
      right += outcome.right();
    }
    int count = Math.max(1, rows.length);
    return new Score(loss / count, (double) right / count, rows.length);
  }

  /**
   * The configured optimiser: the first group of the config that matches a path holds, else the model's.
   *
   * @param steps that training will take at most
   */
  public static Optimiser optimiser(OptimiserConfig config, List<ParameterGroup> ofModel, long steps) {
    var rule =
        switch (config.name()) {
          case ADAM, ADAMW -> new Adam(0.9, 0.999, 1e-8);
          case SGD -> new Sgd(config.momentum());
        };
    double decay = config.weightDecay();
    var optimiser = Optimiser.of(rule, config.rate()).withDecay(decay).withSchedule(schedule(config.schedule(), steps));
    if (config.clip() > 0) {
      optimiser = optimiser.withClip(config.clip());
    }
    for (var group : config.modelGroups() ? ofModel : List.<ParameterGroup>of()) {
      optimiser = optimiser.withGroup(group.pattern(), group.rate(config.rate()), group.decay() * decay);
    }
    for (var group : config.groups().reversed()) {
      double rate = group.rate() == null ? config.rate() : group.rate();
      optimiser = optimiser.withGroup(group.pattern(), rate, group.weightDecay() == null ? decay : group.weightDecay());
    }
    return optimiser;
  }

  private static Optimiser.Schedule schedule(OptimiserConfig.Schedule config, long steps) {
    int all = (int) Math.min(Integer.MAX_VALUE, Math.max(1, steps));
    int warmup = (int) (config.warmup() * all);
    return new Course(
        warmup, config.name() == OptimiserConfig.Schedule.Course.COSINE ? Math.max(all, warmup + 1) : 0, config.least());
  }

  /** The configured numbers. */
  public static DType type(TrainConfig config) {
    return config.dtype() == TrainConfig.Precision.F64 ? DType.F64 : DType.F32;
  }
}
