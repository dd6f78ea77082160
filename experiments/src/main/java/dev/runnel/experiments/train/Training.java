package dev.runnel.experiments.train;

import dev.runnel.autodiff.Variables;
import dev.runnel.datasets.Batches;
import dev.runnel.datasets.Split;
import dev.runnel.experiments.config.TrialConfig;
import dev.runnel.experiments.modules.Metric;
import dev.runnel.experiments.run.EpochMetrics;
import dev.runnel.experiments.run.Metrics;
import dev.runnel.experiments.run.RunFolder;
import dev.runnel.experiments.store.DiskFull;
import dev.runnel.experiments.store.Retry;
import dev.runnel.experiments.weights.SafeTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** One training at work, for as long as {@link Trainer} holds its session open. */
final class Training {
  private static final String BEST = "best.";

  private final TrialConfig config;
  private final Prepared data;
  private final Split split;
  private final Batches batches;
  private final RunFolder folder;
  private final Progress progress;
  private final Stop stop;
  private final Session session;
  private final Variables variables;
  private final Set<String> weights;
  private final Retry retry;
  private final Metrics metrics;
  private final Map<String, Metric> measured;
  private final List<Callback> callbacks;
  private final Callback.Run watched;
  private final List<Double> stepTimes = new ArrayList<>();
  private final long began;
  private final double before;
  private final Position at;
  private SafeTensors best;
  /** Steps and whole epochs of the newest checkpoint. */
  private long savedSteps = -1;
  private int savedEpoch;

  /** From the folder's checkpoint, if it has one. */
  Training(Trainer trainer, Prepared data, Split split, RunFolder folder, Progress progress, Stop stop,
      Session session, Variables variables, long began) {
    config = trainer.config();
    this.data = data;
    this.split = split;
    this.folder = folder;
    this.progress = progress;
    this.stop = stop;
    this.session = session;
    this.variables = variables;
    this.began = began;
    batches = trainer.batches(split);
    weights = session.weights();
    retry = new Retry(progress::say, stop::now);
    metrics = folder.metrics();
    measured = trainer.registry().metrics(config.train());
    callbacks = trainer.registry().callbacks(config.train());
    watched = new Callback.Run(session, data, split, folder.path());
    var checkpoint = folder.latestCheckpoint(progress::say);
    if (checkpoint == null) {
      at = new Position();
      best = copy();
    } else {
      Weights.load(checkpoint.content(), variables, path -> true, "");
      at = Position.of(checkpoint.content());
      best = SafeTensors.of(Map.of(), weights.stream().map(path -> checkpoint.content().get(BEST + path)).toList());
      savedSteps = at.steps;
      savedEpoch = at.epoch;
    }
    before = at.seconds;
  }

  Outcome run() {
    try {
      retry.write(() -> metrics.keepThrough(at.epoch));
      if (savedSteps >= 0) {
        retry.write(() -> folder.noteResumed(at.steps));
      }
      callbacks.forEach(callback -> retry.write(() -> callback.begins(watched, at.epoch)));
      var train = config.train();
      progress.begins(batches.count(), train.epochs(), at.epoch);
      while (at.epoch < train.epochs() && (train.patience() == 0 || at.epoch - at.bestEpoch < train.patience())) {
        epoch();
      }
      return finish();
    } catch (DiskFull e) {
      throw new Stopped("%s; stopped: %s; go on with train --resume %s".formatted(e.getMessage(),
          savedSteps < 0 ? "no checkpoint is there yet" : "the checkpoint after step %d holds".formatted(savedSteps),
          folder.path()), at);
    }
  }

  private void epoch() {
    long start = System.nanoTime();
    double spent = at.epochSeconds;
    data.epoch().set(at.epoch + 1);
    var order = batches.shuffled(config.seed(), at.epoch + 1);
    while (at.batch < order.size()) {
      stopIfAsked(start, spent);
      step(order);
    }
    stopIfAsked(start, spent);
    var validation = Trainer.score(session, split.validation(), measured);
    double value = validation.value(config.train().select());
    boolean better = at.isBest(value, selecting().isLargerBetter());
    if (better) {
      at.best = value;
      at.bestAccuracy = validation.accuracy();
      at.bestEpoch = at.epoch + 1;
      best = copy();
    }
    var row =
        new EpochMetrics(
            at.epoch + 1, at.steps, at.loss / order.size(), (double) at.right / at.seen, validation.loss(),
            validation.accuracy(), at.norm / order.size(), spent + (System.nanoTime() - start) / 1e9,
            validation.further());
    at.nextEpoch();
    var state = state();
    retry.write(() -> metrics.add(row));
    callbacks.forEach(callback -> retry.write(() -> callback.epoch(watched, row)));
    save(state);
    progress.epoch(row, better);
  }

  private Metric selecting() {
    return Objects.requireNonNull(measured.get(config.train().select()));
  }

  private void step(List<int[]> order) {
    long start = System.nanoTime();
    int[] rows = order.get(at.batch);
    var outcome = session.train(rows, at.batch + 1 < order.size() ? order.get(at.batch + 1) : null);
    stepTimes.add((System.nanoTime() - start) / 1e6);
    at.stepped(outcome, rows.length);
    Exploded.check(outcome, at);
    progress.step(at.epoch + 1, at.batch, at.loss / at.batch, (double) at.right / at.seen);
  }

  private void stopIfAsked(long start, double spent) {
    boolean whole = at.batch == 0;
    if (stop.now() || (whole && at.epoch >= stop.epochs())) {
      if (savedSteps != at.steps || savedEpoch != at.epoch) {
        at.epochSeconds = spent + (System.nanoTime() - start) / 1e9;
        save(state());
      }
      throw new Stopped(
          "%s: stopped after %d epochs%s, at step %d; go on with train --resume %s".formatted(folder.path(), at.epoch,
              whole ? "" : " and %d of %d steps of the next".formatted(at.batch, batches.count()), at.steps,
              folder.path()), at);
    }
  }

  private void save(SafeTensors state) {
    retry.write(() -> folder.writeCheckpoint(at.steps, state));
    savedSteps = at.steps;
    savedEpoch = at.epoch;
  }

  /** What going on takes; numbers that are not finite are not worth it. */
  private SafeTensors state() {
    at.seconds = before + (System.nanoTime() - began) / 1e9;
    var lost = Diagnosis.notFinite(variables, weights);
    if (lost != null) {
      int epoch = at.batch == 0 ? at.epoch : at.epoch + 1;
      throw new NonFinite(
          "train: finite parameters expected, %s is not after epoch %d, step %d; lower train.optimiser.rate; %s"
              .formatted(lost, epoch, at.steps, savedSteps < 0 ? "there is no checkpoint yet"
                  : "the last good checkpoint is " + folder.checkpoint(savedSteps)),
          epoch, at.steps, "parameter " + lost);
    }
    return Weights.file(at.texts(), Weights.of(variables, path -> true, ""), best.tensors().values());
  }

  private SafeTensors copy() {
    return SafeTensors.of(Map.of(), Weights.of(variables, weights::contains, BEST));
  }

  private Outcome finish() {
    Weights.load(best, variables, weights::contains, BEST);
    var texts = new TreeMap<String, String>();
    texts.put("model", config.model().name());
    texts.put("classes", Prepared.join(data.sequences().classes()));
    texts.put("channels", Integer.toString(data.sequences().channels()));
    var used = Weights.file(texts, Weights.of(variables, weights::contains, ""), data.tensors());
    retry.write(() -> folder.writeWeights(used));
    var test = Trainer.score(session, split.test(), measured);
    Trainer.compile(session, batches, split); // for the memory of a whole run, where this process did the rest of one
    stepTimes.sort(null);
    long parameters =
        variables.areas().entrySet().stream()
            .filter(e -> variables.trained(e.getKey()))
            .mapToLong(e -> e.getValue().layout().shape().size())
            .sum();
    var outcome =
        new Outcome(
            test.accuracy(), test.loss(), at.bestAccuracy, at.bestEpoch, at.epoch, at.steps, at.seconds,
            stepTimes.isEmpty() ? 0 : stepTimes.get(stepTimes.size() / 2), parameters, session.plannedBytes(),
            folder.path().toString(), test.further());
    retry.write(() -> folder.writeResult(outcome.json()));
    return outcome;
  }
}
