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
import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.weights.SafeTensors;
import dev.runnel.models.Model;
import dev.runnel.models.ParameterGroup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Trains one model on one split, an epoch at a time.
 *
 * <p>After each epoch the validation part is scored; the weights of the best accuracy, the latest of equals,
 * are kept, and the test part is scored with them once training is over: it selects nothing. Each epoch ends
 * with a checkpoint. Batches of an epoch depend on seed and epoch alone, so a run that is resumed comes to
 * the same bits.
 *
 * @param allocator of all memory
 */
public record Trainer(TrialConfig config, Model model, Engine engine, BufferAllocator allocator) {
  private static final int SCORED_AT_ONCE = 64;
  private static final String BEST = "best.";

  /** How far a run is. */
  private static final class Position {
    int epoch;
    long steps;
    int bestEpoch;
    double best = -1;
    double seconds;
  }

  /** Trains until epochs or patience run out; goes on from the folder's checkpoint if it has one. */
  public Outcome train(Prepared data, Split split, RunFolder folder, Progress progress) {
    var train = config.train();
    var batches = Batches.of(split.train(), train.batch());
    var optimiser = optimiser(train.optimiser(), model.groups(), (long) train.epochs() * batches.count());
    try (var variables = new Variables(allocator, config.seed());
        var session = new Session(model, engine, variables, type(train), data.sequences(), optimiser)) {
      long started = System.nanoTime();
      session.trainingProgram(batches.inOrder().getFirst().length);
      var at = new Position();
      var metrics = folder.metrics();
      var checkpoint = folder.latestCheckpoint(progress::say);
      if (checkpoint != null) {
        restore(checkpoint.content(), variables, at);
        metrics.keepThrough(at.epoch);
        folder.noteResumed(at.epoch);
      } else {
        metrics.keepThrough(0);
      }
      Predicate<String> weights = session.weights()::contains;
      var best = checkpoint == null ? copy(variables, weights) : bestOf(checkpoint.content(), session.weights());
      double before = at.seconds;
      var stepTimes = new ArrayList<Double>();
      progress.begins(batches.count(), train.epochs(), at.epoch);
      while (at.epoch < train.epochs() && (train.patience() == 0 || at.epoch - at.bestEpoch < train.patience())) {
        long epochStart = System.nanoTime();
        at.epoch++;
        data.epoch().set(at.epoch);
        var order = batches.shuffled(config.seed(), at.epoch);
        double loss = 0;
        double norm = 0;
        int right = 0;
        int seen = 0;
        for (int b = 0; b < order.size(); b++) {
          long start = System.nanoTime();
          var outcome = session.train(order.get(b), b + 1 < order.size() ? order.get(b + 1) : null);
          stepTimes.add((System.nanoTime() - start) / 1e6);
          at.steps++;
          loss += outcome.loss();
          norm += outcome.gradientNorm();
          right += outcome.right();
          seen += order.get(b).length;
          if (!Double.isFinite(outcome.loss())) {
            throw new NonFinite(
                "train: a finite loss expected, %s came at epoch %d, step %d; lower train.optimiser.rate or standardise%s"
                    .formatted(
                        outcome.loss(), at.epoch, at.steps,
                        at.epoch == 1 ? "" : "; the last good checkpoint is kept in " + folder.path()));
          }
          progress.step(at.epoch, b + 1, loss / (b + 1), (double) right / seen);
        }
        var validation = score(session, split.validation());
        boolean better = validation.accuracy() >= at.best;
        if (better) {
          at.best = validation.accuracy();
          at.bestEpoch = at.epoch;
          best = copy(variables, weights);
        }
        at.seconds = before + (System.nanoTime() - started) / 1e9;
        var row =
            new EpochMetrics(
                at.epoch,
                at.steps,
                loss / order.size(),
                (double) right / seen,
                validation.loss(),
                validation.accuracy(),
                norm / order.size(),
                (System.nanoTime() - epochStart) / 1e9);
        metrics.add(row);
        folder.writeCheckpoint(at.epoch, checkpoint(variables, best, at));
        progress.epoch(row, better);
      }
      return finish(data, split, folder, session, variables, best, at, stepTimes);
    } finally {
      progress.ends();
    }
  }

  private Outcome finish(
      Prepared data,
      Split split,
      RunFolder folder,
      Session session,
      Variables variables,
      SafeTensors best,
      Position at,
      List<Double> stepTimes) {
    Predicate<String> weights = session.weights()::contains;
    Weights.load(best, variables, weights, BEST);
    var texts = new TreeMap<String, String>();
    texts.put("model", config.model().name());
    texts.put("classes", Prepared.join(data.sequences().classes()));
    texts.put("channels", Integer.toString(data.sequences().channels()));
    folder.writeWeights(Weights.file(texts, Weights.of(variables, weights, ""), data.tensors()));
    var test = score(session, split.test());
    stepTimes.sort(null);
    long parameters =
        variables.areas().entrySet().stream()
            .filter(e -> variables.trained(e.getKey()))
            .mapToLong(e -> e.getValue().layout().shape().size())
            .sum();
    var outcome =
        new Outcome(
            test.accuracy(),
            test.loss(),
            at.best,
            at.bestEpoch,
            at.epoch,
            at.steps,
            at.seconds,
            stepTimes.isEmpty() ? 0 : stepTimes.get(stepTimes.size() / 2),
            parameters,
            session.plannedBytes(),
            folder.path().toString());
    folder.writeResult(outcome.json());
    return outcome;
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

  private static SafeTensors copy(Variables variables, Predicate<String> weights) {
    return SafeTensors.of(Map.of(), Weights.of(variables, weights, BEST));
  }

  private static SafeTensors bestOf(SafeTensors checkpoint, Set<String> weights) {
    return SafeTensors.of(Map.of(), weights.stream().map(path -> checkpoint.get(BEST + path)).toList());
  }

  private static SafeTensors checkpoint(Variables variables, SafeTensors best, Position at) {
    var texts =
        Map.of(
            "steps", Long.toString(at.steps),
            "best_epoch", Integer.toString(at.bestEpoch),
            "best_accuracy", Double.toString(at.best),
            "seconds", Double.toString(at.seconds));
    return Weights.file(texts, Weights.of(variables, path -> true, ""), best.tensors().values());
  }

  private static void restore(SafeTensors checkpoint, Variables variables, Position at) {
    Weights.load(checkpoint, variables, path -> true, "");
    at.epoch = (int) number(checkpoint, "epoch");
    at.steps = (long) number(checkpoint, "steps");
    at.bestEpoch = (int) number(checkpoint, "best_epoch");
    at.best = number(checkpoint, "best_accuracy");
    at.seconds = number(checkpoint, "seconds");
  }

  private static double number(SafeTensors checkpoint, String name) {
    var text = checkpoint.metadata().get(name);
    try {
      return Double.parseDouble(String.valueOf(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("checkpoint: a number '%s' expected, '%s' came".formatted(name, text), e);
    }
  }
}
